"""Examples over HTTP: a card for each lab, with its picture."""

from __future__ import annotations

from starlette.testclient import TestClient

from quintant import registry

V2 = "/api/v2"
OURS = {"chip", "federated", "optical", "persona", "spiking"}


def test_every_lab_has_a_card_with_a_picture(client: TestClient) -> None:
    cards = {card["lab"]: card for card in client.get(f"{V2}/examples").json()["examples"]}
    assert cards.keys() == OURS, "a lab without an example has no card"
    for name, card in cards.items():
        lab = registry.labs()[name]
        assert (card["preset"], card["tag"], card["command"]) == (lab.default_preset, lab.tag, f"quintant run {name}")
        assert card["finding"] == card["words"]["finding"] and card["what"].startswith(lab.default_preset)
        assert card["seconds"] is None, "nothing has run here"
        assert card["headline"] is None or card["headline"]["metric"] == lab.headline.metric
        pictures = [client.get(card["svg"][theme]) for theme in ("light", "dark")]
        assert all(one.headers["content-type"] == "image/svg+xml" and one.text.startswith("<svg") for one in pictures)
        assert (
            pictures[0].content != pictures[1].content
            and "default-src 'none'" in pictures[0].headers["content-security-policy"]
        )
        tag = pictures[0].headers["etag"]
        assert client.get(card["svg"]["light"], headers={"If-None-Match": tag}).status_code == 304
    assert cards["persona"]["notice"] == "Simulated persona. Not a clinical assessment." and cards["optical"]["notice"] is None
    assert client.get(f"{V2}/examples/toy.svg").status_code == 404
    assert client.get(f"{V2}/examples/optical.svg?theme=paper").status_code == 422
