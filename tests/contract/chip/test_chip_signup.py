"""Accounts, their keys and their tiers, over the wire."""

from __future__ import annotations

import re

import httpx2
import pytest
from chip_service import NETWORK, ONE, Client, account, detail, right
from pydantic import SecretStr

from quintant.labs.chip.contract import signup
from quintant.labs.chip.contract.accounts import Accounts
from quintant.labs.chip.contract.refusal import QuotaReached
from quintant.runs import open_runs
from quintant.server import create_app
from quintant.settings import Settings
from quintant.testing.serving import serving

FREE = {"max_neurons": 1024, "max_timesteps": 1000, "jobs_per_day": 10, "max_runtime_seconds": 30}


def test_signup_gives_a_key_that_works(http):
    told = right(http.post("/v1/signup", json={"email": "  Ada@Lab.Example ", "tier": "free"}))
    assert told["tier"] == "free" and told["limits"] == FREE
    assert re.fullmatch(r"cn_live_[0-9a-f]{56}", told["api_key"]) and told["api_key"].startswith(told["key_prefix"])
    client = Client(http, "ada@lab.example", told["api_key"])
    assert client.get("/v1/usage")["tier"] == "free"
    assert right(http.get("/v1/usage", headers={"Authorization": f"Bearer {told['api_key']}"}))["tier"] == "free"


def test_an_address_is_registered_once_however_it_is_written(http, runs):
    assert http.post("/v1/signup", json={"email": "grace@lab.example"}).status_code == 200
    before = runs.documents("chip", "keys").all()
    again = http.post("/v1/signup", json={"email": " GRACE@lab.example"})
    assert (again.status_code, detail(again)) == (409, "This e-mail address is already registered.")
    assert runs.documents("chip", "keys").all() == before, "nothing half-created"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "email: is required."),
        ({"email": None}, "email: is required."),
        ({"email": 7}, "email: must be a text."),
        ({"email": "[email protected]"}, "email: must be an e-mail address; got '[email protected]'."),
        ({"email": "a@b"}, "email: must be an e-mail address; got 'a@b'."),
        ({"email": "a@b.c\x00"}, "email: must be an e-mail address"),
        ({"email": "a" * 250 + "@b.example"}, "email: must be an e-mail address"),
        ({"email": "x@y.example", "tier": "pro"}, "tier: must be one of free, researcher, startup, enterprise; got 'pro'."),
        ({"email": "x@y.example", "tier": 3}, "tier: must be one of free, researcher, startup, enterprise; got no text."),
        ({"email": "x@y.example", "mail": 1}, "mail: is not a known key here. Did you mean 'email'?"),
    ],
)
def test_a_signup_that_is_not_understood_is_refused(http, runs, body, text):
    before = runs.documents("chip", "accounts").all()
    answer = http.post("/v1/signup", json=body)
    assert (answer.status_code, detail(answer).partition(text)[1]) == (400, text)
    assert runs.documents("chip", "accounts").all() == before


def test_alone_on_this_machine_any_tier_is_handed_out(http):
    told = right(http.post("/v1/signup", json={"email": "me@here.example", "tier": "enterprise"}))
    assert told["limits"] == {
        "max_neurons": 131072, "max_timesteps": 10_000_000, "jobs_per_day": None, "max_runtime_seconds": 3600,
    }  # fmt: skip


OPERATOR = {"Authorization": "Bearer the-operator's-key"}


def test_a_server_with_a_key_creates_accounts_by_its_operator_alone(guarded, monkeypatch):
    runs, address = guarded
    with httpx2.Client(base_url=address) as http:
        monkeypatch.delenv("QUINTANT_SIGNUP", raising=False)
        refused = http.post("/v1/signup", json={"email": "somebody@lab.example"})
        assert refused.status_code == 403 and "QUINTANT_SIGNUP=on" in detail(refused)
        asked = {"email": "invited@lab.example", "tier": "researcher"}
        assert http.post("/api/v2/labs/chip/accounts", json=asked).status_code == 401
        account = right(http.post("/api/v2/labs/chip/accounts", json=asked, headers=OPERATOR))
        assert (account["email"], account["tier"]) == ("invited@lab.example", "researcher")
        assert http.get("/v1/usage", headers={"X-API-Key": account["api_key"]}).status_code == 200
        assert http.post("/api/v2/labs/chip/accounts", json=asked, headers=OPERATOR).status_code == 409
        for word, status in (("off", 403), ("no", 403), (" ", 403), ("ON", 200)):
            monkeypatch.setenv("QUINTANT_SIGNUP", word)
            answer = http.post("/v1/signup", json={"email": f"{word.strip() or 'blank'}@lab.example"})
            assert answer.status_code == status, word
        runs.documents("chip", "accounts").delete("on@lab.example")
        runs.documents("chip", "accounts").delete("invited@lab.example")


def test_signups_of_an_address_are_counted_where_the_server_is_for_others(tmp_path, monkeypatch):
    monkeypatch.setenv("QUINTANT_SIGNUP", "on")
    turns = signup.Turns(on=True)
    for _ in range(signup.SIGNUPS.amount):
        turns.take("10.0.0.1")
    turns.take("10.0.0.2")
    with pytest.raises(QuotaReached) as caught:
        turns.take("10.0.0.1")
    assert 3500 < caught.value.again_in_s <= 3600
    for _ in range(100):
        signup.Turns(on=False).take("10.0.0.1")
    settings = Settings(data_dir=tmp_path, labs="chip", api_key=SecretStr("the-operator's-key"))
    with open_runs(settings, execute=False) as runs, serving(create_app(runs, settings)) as address:
        answers = [httpx2.post(f"{address}/v1/signup", json={"email": f"many{n}@lab.example"}) for n in range(11)]
    assert [answer.status_code for answer in answers] == [200] * signup.SIGNUPS.amount + [429]
    assert int(answers[-1].headers["Retry-After"]) > 3500


def test_a_server_for_others_grants_paid_tiers_by_its_operator_alone(guarded, monkeypatch):
    monkeypatch.setenv("QUINTANT_SIGNUP", "on")
    runs, address = guarded
    with httpx2.Client(base_url=address) as http:
        refused = http.post("/v1/signup", json={"email": "rich@lab.example", "tier": "researcher"})
        assert refused.status_code == 403
        assert detail(refused) == (
            "The tier researcher is granted by the operator of this server. Sign up for free, then ask for it: "
            "quintant chip grant rich@lab.example researcher"
        )
        assert runs.documents("chip", "accounts").get("rich@lab.example") is None
        key = right(http.post("/v1/signup", json={"email": "rich@lab.example"}))["api_key"]
        client = Client(http, "rich@lab.example", key)
        big = {"populations": [{"label": "n", "size": 2000}]}
        assert client.refused("POST", "/v1/networks", big, status=403).startswith("Tier limit exceeded: 2000 neurons")

        grant = {"email": "Rich@lab.example", "tier": "researcher"}
        assert http.post("/api/v2/labs/chip/grants", json=grant).status_code == 401, "the operator's key is asked for"
        assert client.ask("POST", "/api/v2/labs/chip/grants", grant).status_code == 401, "an account's key is none"
        operator = OPERATOR
        told = right(http.post("/api/v2/labs/chip/grants", json=grant, headers=operator))
        assert (told["was"], told["tier"], told["email"]) == ("free", "researcher", "rich@lab.example")
        assert client.post("/v1/networks", big)["total_neurons"] == 2000, "it holds from the next request on"
        listed = right(http.get("/api/v2/labs/chip/accounts", headers=operator))["accounts"]
        assert [(one["email"], one["tier"]) for one in listed] == [("rich@lab.example", "researcher")]

        for body, status in (({"email": "nobody@x.example", "tier": "free"}, 404), ({"email": "rich@lab.example"}, 422)):
            assert http.post("/api/v2/labs/chip/grants", json=body, headers=operator).status_code == status


def test_requests_without_a_right_key_are_refused_alike(http, client):
    missing = http.get("/v1/usage")
    assert (missing.status_code, detail(missing)) == (401, "Missing API key: send it in the header X-API-Key.")
    for wrong in ("x", "cn_live_", client.key[:-1] + ("0" if client.key[-1] != "0" else "1"), "cn_live_" + "0" * 56, "ä" * 9):
        answer = http.get("/v1/usage", headers={"X-API-Key": wrong.encode()})
        assert (answer.status_code, detail(answer)) == (401, "Invalid API key.")


def test_every_route_asks_for_a_key_before_it_reads_the_body(http):
    for method, path in (
        ("POST", "/v1/networks"), ("GET", "/v1/networks"), ("GET", "/v1/networks/net_1"), ("DELETE", "/v1/networks/net_1"),
        ("POST", "/v1/jobs"), ("GET", "/v1/jobs"), ("POST", "/v1/jobs/estimate"), ("GET", "/v1/jobs/job_1"),
        ("POST", "/v1/jobs/job_1/cancel"), ("GET", "/v1/jobs/job_1/spikes"), ("GET", "/v1/jobs/job_1/weights"),
        ("GET", "/v1/jobs/job_1/probes"), ("GET", "/v1/jobs/job_1/hardware"), ("GET", "/v1/usage"), ("POST", "/v1/keys"),
        ("GET", "/v1/keys"), ("DELETE", "/v1/keys/key_1"),
    ):  # fmt: skip
        answer = http.request(method, path, content=b"no json")
        assert (answer.status_code, "API key" in detail(answer)) == (401, True), (method, path)


def test_keys_are_told_once_kept_as_a_hash_and_revoked(new, runs):
    client = new()
    made = client.post("/v1/keys", {"name": "notebook", "scope": "simulate"})
    assert made["api_key"].startswith(made["key_prefix"]) and made["active"] and made["last_used_at"] is None
    other = Client(client.http, client.email, made["api_key"])
    network_id = other.network()
    listed = client.get("/v1/keys")
    assert [(key["name"], key["scope"], key["active"]) for key in listed] == [
        ("notebook", "simulate", True),
        ("default", "admin", True),
    ]
    assert listed[0]["last_used_at"] is not None
    assert "api_key" not in listed[0] and "hash" not in listed[0]
    kept = str(runs.documents("chip", "accounts").get(client.email)) + str(runs.documents("chip", "keys").all())
    assert made["api_key"] not in kept and made["api_key"][16:] not in kept

    gone = client.ask("DELETE", f"/v1/keys/{made['key_id']}")
    assert right(gone)["active"] is False
    assert other.refused("GET", f"/v1/networks/{network_id}", status=401) == "Invalid API key."
    assert client.get(f"/v1/networks/{network_id}")["total_neurons"] == 1, "what it made is the account's"


def test_a_scope_says_what_a_key_may_do(new):
    client = new()
    reads, runs_, _ = (
        Client(client.http, client.email, client.post("/v1/keys", {"name": scope, "scope": scope})["api_key"])
        for scope in ("read", "simulate", "admin")
    )
    network_id = runs_.network(NETWORK)
    assert reads.get(f"/v1/networks/{network_id}")["total_neurons"] == 125
    text = reads.refused("POST", "/v1/networks", ONE, status=403)
    assert text == "This API key has the scope read; simulate is needed here."
    assert "admin is needed" in runs_.refused("POST", "/v1/keys", {"scope": "admin"}, status=403)
    assert "admin is needed" in reads.refused("GET", "/v1/keys", status=403)


def test_an_account_keeps_a_key_that_can_make_others(new):
    client = new()
    (only,) = client.get("/v1/keys")
    text = client.refused("DELETE", f"/v1/keys/{only['key_id']}", status=409)
    assert text.startswith("This is the account's last active key of scope admin")
    second = client.post("/v1/keys", {"name": "second", "scope": "admin"})
    assert right(client.ask("DELETE", f"/v1/keys/{only['key_id']}"))["active"] is False
    assert Client(client.http, client.email, second["api_key"]).get("/v1/usage")["jobs_today"] == 0
    assert client.refused("GET", "/v1/usage", status=401)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"scope": "root"}, "scope: must be one of read, simulate, admin."),
        ({"scope": ["admin"]}, "scope: must be one of read, simulate, admin."),
        ({"name": ""}, "name: must be a text of 1 to 100 printable characters."),
        ({"name": "a\nb"}, "name: must be a text of 1 to 100 printable characters."),
        ({"nam": "x"}, "nam: is not a known key here. Did you mean 'name'?"),
    ],
)
def test_a_key_that_is_not_understood_is_not_made(client, body, text):
    before = [key["key_id"] for key in client.get("/v1/keys")]
    assert client.refused("POST", "/v1/keys", body, status=400) == text
    assert [key["key_id"] for key in client.get("/v1/keys")] == before


def test_an_account_has_at_most_twenty_active_keys(new, runs):
    client = new()
    for _ in range(19):
        client.post("/v1/keys", {"scope": "read"})
    leads = len(runs.documents("chip", "keys").all())
    assert client.refused("POST", "/v1/keys", {}, status=403) == "An account has at most 20 active keys; revoke one first."
    assert len(runs.documents("chip", "keys").all()) == leads
    assert client.refused("DELETE", "/v1/keys/key_ffffffff", status=404) == "API key not found: key_ffffffff"


def test_two_signups_of_one_address_at_once_make_one_account(store):
    from concurrent.futures import ThreadPoolExecutor

    runs, address = store
    with httpx2.Client(base_url=address, timeout=60) as http, ThreadPoolExecutor(16) as pool:
        codes = [
            one.status_code for one in pool.map(lambda _: http.post("/v1/signup", json={"email": "x@y.example"}), range(16))
        ]
        assert sorted(codes) == [200] + [409] * 15
        assert len([one for one in Accounts(runs).all() if one.email == "x@y.example"]) == 1
        leads = [one for one in runs.documents("chip", "keys").all().values() if one["email"] == "x@y.example"]
        assert len(leads) == 1
        assert account(runs, http, "z@y.example").get("/v1/usage")["jobs_today"] == 0
