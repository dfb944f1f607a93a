"""The words that token attacks look for, and those they put in their place. Lower case; terms of several words are allowed."""

from __future__ import annotations

from collections.abc import Mapping


def _terms(text: str) -> tuple[str, ...]:
    """The comma-separated terms of a text, each once, in order."""
    return tuple(dict.fromkeys(" ".join(term.split()) for term in text.split(",") if term.strip()))


MEDICAL = _terms("""
    abdomen, abdominal, abscess, acute, adenoma, adhesion, admission, adrenal, adverse event, airway, allergy, ambulance,
    amputation, anaemia, anemia, anaesthesia, anesthesia, aneurysm, angina, angiography, ankle, antibiotic, antibiotics,
    antibody, antigen, anxiety, aorta, appendicitis, appendix, arrhythmia, arterial, artery, arthritis, arthroplasty, aspirin,
    asthma, atrial, atrial fibrillation, autopsy, bacteria, bacterial, bandage, benign, bile, biopsy, bladder, bleeding, blood,
    blood pressure, blood test, bone, bone marrow, bowel, brain, breast, breast cancer, breathing, bronchitis, bypass, cancer,
    carcinoma, cardiac, cardiac arrest, cardiology, cardiovascular, care, cartilage, cataract, catheter, cell, cells,
    cerebral, cervical, chemotherapy, chest, chest pain, cholesterol, chronic, cirrhosis, clinic, clinical, clinical trial,
    clot, cohort, colon, colonoscopy, coma, complication, complications, concussion, congenital, consent, contraindication,
    coronary, cough, cranial, critical care, cure, cyst, deficiency, dementia, dental, depression, dermatitis, diabetes,
    diabetic, diagnosed, diagnosis, diagnostic, dialysis, diarrhea, diet, digestive, discharge, disease, diseases, disorder,
    dizziness, doctor, doctors, dosage, dose, drug, drugs, dysfunction, ear, edema, elbow, embolism, emergency, endocrine,
    endoscopy, enzyme, epidemic, epidemiology, epilepsy, esophagus, examination, exposure, eye, fatigue, femur, fetal, fever,
    fibrosis, fracture, fractures, gallbladder, gastric, gene, genetic, genome, gland, glaucoma, glucose, graft, headache,
    healing, health, healthcare, heart, heart attack, heart failure, heart rate, hemoglobin, hemorrhage, hepatic, hepatitis,
    hernia, herpes, hip, hormone, hospital, hospitalized, hospitals, hypertension, hypotension, immune, immune system,
    immunity, immunization, implant, incision, incontinence, incubation, infant, infarction, infected, infection,
    infectious, inflammation, inflammatory, influenza, inhaler, injection, injury, insomnia, insulin, intensive care,
    intestine, intravenous, ischemia, itching, jaundice, jaw, joint, kidney, kidneys, knee, lab results, laboratory,
    laparoscopy, larynx, laser, lesion, lesions, leukemia, ligament, liver, lumbar, lung, lung cancer, lungs, lupus, lymph,
    lymphoma, malaria, malignant, mammography, mass, mastectomy, measles, medical, medical history, medication, medications,
    medicine, melanoma, membrane, meningitis, menopause, metabolic, metabolism, metastasis, metastatic, microbial, migraine,
    miscarriage, morbidity, mortality, mri, mucus, muscle, mutation, myocardial, myocardial infarction, nasal, nausea, neck,
    necrosis, neonatal, nerve, neural, neurological, neurology, neuron, neuropathy, node, nurse, nurses, nursing, nutrition,
    obese, obesity, obstetric, obstruction, oncology, operation, ophthalmology, opioid, oral, organ, orthopedic,
    osteoporosis, outbreak, outcome, outpatient, ovarian, ovary, oxygen, pacemaker, pain, palliative, palsy, pancreas,
    pancreatitis, pandemic, paralysis, parasite, pathogen, pathology, patient, patients, pediatric, pelvic, penicillin,
    pharmacist, pharmacy, physical examination, physician, physicians, physiotherapy, pill, placebo, placenta, plasma,
    platelet, pneumonia, poisoning, polyp, postoperative, pregnancy, pregnant, prescribed, prescription, prevalence,
    prevention, primary care, procedure, prognosis, prophylaxis, prostate, prosthesis, protein, psoriasis, psychiatric,
    psychiatry, pulmonary, pulse, radiation, radiography, radiology, radiotherapy, rash, receptor, recovery, rectal, recurrence,
    red blood cells, reflux, rehabilitation, relapse, remission, renal, resection, respiratory, resuscitation, retina,
    rheumatoid, rib, risk factors, saliva, scan, scar, screening, sedation, seizure, sepsis, septic, serum, shock, shoulder,
    side effects, sinus, skeletal, skin, skull, sleep apnea, smear, spasm, specimen, spinal, spine, spleen, sputum, stent,
    sterile, steroid, stethoscope, stomach, stool, strain, stroke, surgeon, surgery, surgical, suture, swelling, symptom,
    symptoms, syndrome, tablet, tendon, therapeutic, therapy, thoracic, throat, thrombosis, thyroid, tissue, tolerance,
    tonsil, toxic, toxicity, trachea, transfusion, transplant, trauma, treated, treatment, treatments, tremor, triage,
    tuberculosis, tumor, tumors, tumour, ulcer, ultrasound, umbilical, urgent care, urinary, urinary tract infection, urine,
    uterus, vaccination, vaccine, vaccines, valve, vascular, vein, ventilation, ventilator, ventricle, ventricular, vertebra,
    vertigo, viral, virus, vision, vital signs, vitamin, vomiting, ward, weight loss, wheelchair, white blood cells, womb,
    wound, wounds, wrist, x ray
""")
FINANCIAL = _terms("""
    account, accounting, accounts, accrual, acquisition, acquisitions, adjusted, advisor, allocation, amortization, analyst,
    analysts, annual, annual report, annuity, appreciation, arbitrage, asset, assets, asset management, audit, auditor,
    average price, bad debt, balance, balance sheet, bank, banker, banking, bankruptcy, banks, base rate, basis points, bear
    market, benchmark, beneficiary, bid, billing, billion, board, bond, bonds, bonus, book value, borrower, borrowing, broker,
    brokerage, budget, bull market, business, buyback, buyer, capital, capital gains, cash, cash flow, central bank,
    certificate, charge, chief executive, claim, clearing, client, closing price, collateral, commercial, commission,
    commodities, commodity, company, compensation, competition, compound interest, consolidated, consumer, contract,
    corporate, corporation, cost, cost of capital, costs, coupon, credit, credit card, credit rating, creditor, crude oil,
    currency, current account, current assets, customer, customers, cyclical, day trading, deal, dealer, debit, debt,
    default, deficit, deflation, delivery, demand, deposit, deposits, depreciation, derivative, derivatives, discount,
    diversification, dividend, dividends, dollar, dollars, downgrade, downturn, due diligence, earnings, earnings per share,
    ebitda, economic, economist, economy, efficiency, employer, employment, enterprise, equities, equity, escrow, estate,
    estimate, euro, euros, exchange, exchange rate, expenditure, expense, expenses, export, exports, exposure, face value,
    factoring, federal reserve, fee, fees, finance, finances, financial, financial statement, financing, fiscal, fiscal year,
    fixed income, fixed rate, floating rate, forecast, foreclosure, foreign exchange, forward, fourth quarter, franchise,
    fraud, free cash flow, fund, funding, funds, futures, gains, gold, goods, goodwill, gross, gross margin, growth,
    guarantee, guidance, hedge, hedge fund, holding, holdings, household, import, imports, income, income statement,
    income tax, index, indices, inflation, initial public offering, insolvency, institution, institutional, insurance,
    insurer, interest, interest rate, interest rates, inventory, invest, invested, investing, investment, investments,
    investor, investors, invoice, issuer, joint venture, junk bond, labor, leasing, ledger, lender, lending, leverage,
    liabilities, liability, license, lien, liquid, liquidation, liquidity, listing, loan, loans, long term, loss, losses,
    management, manufacturer, margin, margins, market, market cap, market share, marketing, markets, maturity, merger,
    million, monetary, monetary policy, money, money market, monopoly, mortgage, mortgages, municipal, mutual fund, nasdaq,
    net, net income, net profit, net sales, net worth, nominal, offering, oil, operating, operating income, operating profit,
    operations, option, options, order, orders, outlook, output, outstanding, overdraft, overhead, owner, ownership, partner,
    partnership, payable, payment, payments, payroll, pension, pensions, percent, performance, pledge, policy, portfolio,
    pound, premium, present value, price, price target, prices, pricing, prime rate, principal, private equity, procurement,
    product, production, productivity, profit, profit margin, profitability, profitable, profits, projection, property,
    prospectus, public offering, purchase, purchasing, quarter, quarterly, quote, rally, rate, rates, rating, ratio, real
    estate, rebate, receipt, receivable, receivables, recession, recovery, refinancing, refund, regulation, regulator,
    reimbursement, reinsurance, rent, repayment, reserve, reserves, restructuring, retail, retailer, retained earnings,
    retirement, return, return on equity, returns, revenue, revenues, risk, risk management, royalty, salary, sale, sales,
    savings, securities, security, seller, settlement, share, share price, shareholder, shareholders, shares, short selling,
    short term, silver, solvency, sovereign, speculation, spending, spread, stake, startup, statement, sterling, stimulus,
    stock, stock exchange, stock market, stocks, strategy, strike price, subsidiary, subsidy, supplier, supply, surplus, swap,
    takeover, tariff, tax, taxation, taxes, tender, third quarter, trade, trade deficit, trader, traders, trading, transaction,
    transactions, transfer, treasury, treasury bond, trillion, trust fund, turnover, underwriter, unemployment, upgrade,
    utilities, utility, valuation, value, variable cost, vendor, venture, venture capital, volatility, volume, wage, wages,
    wall street, warrant, wealth, wholesale, wire transfer, withdrawal, working capital, write off, yen, yield, yields, yuan
""")
LEGAL = _terms("""
    abide, abrogate, accessory, accomplice, accord, accused, acquittal, act, action, actionable, adjourn, adjudicate,
    adjudication, administrative, admissible, admission, adversary, advocate, affidavit, affirm, affirmed, agency, agent,
    aggravated, agreement, alibi, allegation, allegations, allege, alleged, alimony, amend, amendment, amendments, annul,
    answer, appeal, appeals, appellant, appellate, appellate court, appellee, applicable law, arbitration, arbitrator, argument,
    arraignment, arrest, arson, article, assault, assent, assignee, assignment, assigns, attest, attorney, attorneys, attorney
    fees, authority, authorized, award, bail, bailiff, bankruptcy, bar, barrister, battery, bench, beneficiary, bequest,
    best efforts, bill, binding, breach, breach of contract, brief, burden of proof, bylaws, capacity, case, case law, cases,
    cause, cause of action, certify, chamber, charge, charges, charter, circuit, citation, citizen, civil, civil rights,
    claim, claimant, claims, class action, clause, clauses, clerk, client, code, codicil, coercion, collusion, commission,
    common law, community property, compensation, competent, complainant, complaint, compliance, comply, concurrence, condition,
    confession, confidential, confidentiality, consent, consideration, conspiracy, constitution, constitutional, construed,
    contempt, contest, contract, contracts, contractual, convicted, conviction, copyright, corroborate, counsel, count,
    counterclaim, counterparts, county, court, courtroom, courts, covenant, covenants, creditor, crime, criminal, cross
    examination, culpable, custody, damages, debtor, decedent, decision, declaration, decree, deed, defamation, default,
    defendant, defendants, defense, delinquent, deposition, detention, dicta, discharge, disclosure, discovery, discretion,
    dismiss, dismissal, dismissed, dispute, disputes, dissent, district, district court, divorce, docket, doctrine, domicile,
    double jeopardy, due process, duress, duty, easement, effective date, eminent domain, enact, encumbrance, enforce,
    enforceable, enforcement, enjoin, entire agreement, entitled, equal protection, equitable, equity, escrow, estate,
    estoppel, evict, eviction, evidence, ex parte, examination, exclusive, execute, executed, execution, executor, exhibit,
    expert witness, expressly, extradition, federal, federal court, felony, fiduciary, file, filed, filing, finding, force
    majeure, foreclosure, forfeiture, forgery, forum, fraud, fraudulent, free speech, garnishment, good faith, governing law,
    government, grand jury, grant, grantee, grantor, grievance, gross negligence, guarantor, guardian, guilty, habeas corpus,
    harassment, hearing, hearings, hearsay, heir, hereafter, hereby, herein, hereto, hereunder, holder, homicide, hostile
    witness, immunity, impeach, imprisonment, in witness whereof, inadmissible, incarceration, incorporated, indemnify,
    indemnification, indemnity, indictment, infringement, inheritance, injunction, injunctive relief, injury, inquest,
    insanity, intellectual property, intent, interrogatories, intestate, invalid, issue, joint, judge, judges, judgment,
    judicial, judiciary, jurisdiction, jurisprudence, juror, jurors, jury, justice, justices, juvenile, landlord, larceny,
    law, lawful, laws, lawsuit, lawyer, lawyers, lease, legal, legislation, legislative, legislature, lessee, lessor, liable,
    liability, libel, license, licensee, licensor, lien, limitation, liquidated damages, litigant, litigate, litigation,
    magistrate, malice, malpractice, mandamus, mandate, manslaughter, material breach, mediation, mediator, memorandum,
    minor, miranda, misconduct, misdemeanor, misrepresentation, mistrial, mitigating, moot, motion, motions, murder, mutual,
    negligence, negligent, non disclosure, notary, notice, notwithstanding, null and void, oath, objection, obligation,
    obligations, obstruction, offence, offender, offense, offer and acceptance, opinion, oral argument, order, ordered,
    ordinance, overrule, overruled, pardon, parole, parties, party, patent, penal, penalty, pending, perjury, person,
    petition, petitioner, plaintiff, plaintiffs, plea, plea bargain, plead, pleading, pleadings, police, power of attorney,
    precedent, prejudice, preliminary hearing, premises, preponderance, presumption, privilege, privileged, pro bono, probable
    cause, probate, probation, procedural, procedure, proceeding, proceedings, proof, property, prosecute, prosecution,
    prosecutor, provision, provisions, proximate cause, public defender, punishment, punitive, punitive damages, pursuant,
    quash, quorum, ratify, reasonable doubt, rebuttal, record, recourse, recusal, redress, regulation, regulations, release,
    relief, remand, remanded, remedies, remedy, repeal, representation, representations, rescind, rescission, residence,
    respondent, restitution, restraining order, retainer, reversal, reversed, review, revoke, right, rights, robbery, rule,
    rules, ruling, sanction, sanctions, search warrant, section, self defense, sentence, sentencing, separation, settlement,
    severability, sheriff, slander, solicitor, sovereign, specific performance, standing, state, statute, statute of
    limitations, statutes, statutory, stay, stipulate, stipulation, strict liability, subject to, subpoena, successors, sue,
    sued, suit, summary judgment, summons, supreme court, surety, suspect, suspended, sustain, sustained, tenant, tender,
    term, termination, terms, testament, testify, testimony, theft, third party, title, tort, trademark, transcript, treaty,
    trespass, trial, trial court, tribunal, trust, trustee, unconstitutional, under oath, undersigned, undue influence,
    unenforceable, unlawful, usury, vacate, vacated, valid, venue, verdict, versus, vicarious liability, victim, violate,
    violation, violations, void, voidable, waive, waiver, ward, warrant, warranties, warranty, whereas, will, willful,
    witness, witnesses, writ, wrongful
""")
VOCABULARIES: Mapping[str, tuple[str, ...]] = {"medical": MEDICAL, "financial": FINANCIAL, "legal": LEGAL}

NEGATIVE = _terms("""
    bad, awful, terrible, horrible, poor, worst, wrong, fail, failure, broken, useless, harmful, dangerous, fatal, sad, angry,
    hate, ugly, weak, evil, false, lost, dead, pain, fear, danger, problem, never, worse, sick, crisis, disaster
""")
POSITIVE = _terms("""
    good, great, excellent, best, wonderful, perfect, happy, love, success, strong, safe, healthy, right, true, better, win,
    beautiful, nice
""")
REPLACEMENTS: Mapping[str, tuple[str, ...]] = {"negative": NEGATIVE, "positive": POSITIVE}
