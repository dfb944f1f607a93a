import { single } from "../../numbers/quantity";
import { words } from "../../words";
import type { LabPanel, Values } from "../panel";
import { list, number, text } from "../values";
import { part } from "../../frame/part";

const w = words.labs.federated;
const round = (payload: Values) => number(payload, "round");
const strategy = (payload: Values) => (typeof payload["strategy"] === "number" ? `strategy ${payload["strategy"]}` : null);
const rounds = (config: Values) => number(config, "num_of_rounds");

export const panel: LabPanel = {
  line: (config) =>
    [
      text(config, "dataset_keyword"),
      w.participants(String(config["num_of_clients"])),
      list(config, "attack_schedule").length ? list(config, "attack_schedule").map((one) => String((one as Values)["attack_type"] ?? "").replaceAll("_", " ")).join(", ") : w.noAttack,
      text(config, "aggregation_strategy_keyword"),
      w.rounds(String(config["num_of_rounds"]), String(config["num_of_client_epochs"])),
      text(config, "partitioning_strategy"),
    ].filter((part): part is string => typeof part === "string"),
  head: [
    { metric: "test_accuracy", label: w.accuracy },
    { metric: "asr", label: w.asr },
    { metric: "best_test_accuracy", label: w.best },
    "|",
    { metric: "left_out_attackers", label: w.leftOutAttackers },
    { metric: "left_out_benign", label: w.leftOutBenign },
    { metric: "test_loss", label: w.loss },
  ],
  live: (values) => [
    { label: w.accuracySoFar, value: single(number(values, "test_accuracy"), "1", 3) },
    { label: w.asr, value: single(number(values, "asr"), "1", 2) },
    { label: w.round, value: single(number(values, "current_round")), ...(number(values, "total_rounds") !== null && { ci: w.ofRounds(String(values["total_rounds"])) }) },
  ],
  progress: (values) => (number(values, "current_round") !== null && number(values, "total_rounds") !== null ? w.roundOf(String(values["current_round"]), String(values["total_rounds"])) : null),
  courses: [
    { name: "course-accuracy", title: w.courseTitle, says: w.courseSays, kind: "round", label: w.accuracy, x: round, y: (payload) => number(payload, "test_accuracy"), series: strategy, xLabel: w.round, yLabel: w.accuracyAxis, unit: "1", xEnd: rounds, domain: [0, 1] },
    { name: "course-asr", title: w.asrTitle, says: w.asrSays, kind: "round", label: w.asr, x: round, y: (payload) => number(payload, "asr"), series: strategy, xLabel: w.round, yLabel: w.asrAxis, unit: "1", xEnd: rounds, domain: [0, 1] },
    { name: "course-loss", title: w.lossTitle, says: w.lossSays, kind: "round", label: w.loss, x: round, y: (payload) => number(payload, "test_loss"), series: strategy, xLabel: w.round, yLabel: w.lossAxis, unit: "nat", xEnd: rounds },
  ],
  links: [{ text: words.terminal.title, href: "/terminal" }],
  ResultPanel: part(() => import("./Snapshots")),
};
