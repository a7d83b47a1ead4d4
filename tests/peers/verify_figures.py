#!/usr/bin/env python3
"""The figures of an evidence bundle, checked again from its entries: the second half of the second verifier.

verify_figures.py FILE.zip... : as verify_bundle.py, which runs first. What is checked here are rules of Forebay, after
docs/evidence-format.md, docs/ledger.md and docs/sync.md; it does not read report.html, verify.html or what raw samples mean.
"""
import json, math, re, sys, unicodedata
from datetime import datetime, timedelta, timezone
from decimal import Decimal, localcontext
sys.dont_write_bytecode = True
from verify_months import check_mints, check_months
from verify_bundle import append, b64, base58, canonical, fold, leaf, member_bytes, need, read, run, sha, signed, signer, verify

LAYERS = ["physics", "temporal", "environmental", "statistical", "consistency"]


def instant(text):
    return (datetime.fromisoformat(text.replace("Z", "+00:00")) - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(milliseconds=1)


ORDER = re.compile("VER_(COUNTER_|REGISTER_|ENERGY_COUNTED_TWICE|ENERGY_REGISTER_MISMATCH|CLAIM_UNLIKE_REGISTER|DUPLICATE|OVERLAP)")


def decide(verdict, reviews):  # docs/ledger.md, Review: (decision, whether it counts, whose voices agree)
    veto, status = any(f["severity"] == "reject" and (f["layer"] == "physics" or ORDER.match(f["code"])) for f in verdict["findings"]), verdict["status"]
    ranks, voices, same = ["operator", "engineer", "admin"], [], lambda name: unicodedata.normalize("NFKC", name).strip().lower()
    for said in reviews:
        easy = status == "FLAGGED" or (status == "REJECTED" and said["decision"] == "reject")
        if said["role"] in ranks[0 if easy else 1:]:
            voices = [v for v in voices if v["account"] != said["account"] and same(v["by"]) != same(said["by"])] + [said]
    if not voices:
        return None, False, []
    decision, agreed = voices[-1]["decision"], [v["by"] for v in voices if v["decision"] == voices[-1]["decision"]]
    return decision, len(agreed) >= (2 if voices[-1]["fourEyes"] is True or (decision == "approve" and veto) else 1), agreed


def credit(reading, verdict, reviews):  # what is credited, and whether it waits for a person
    energy, status, (decision, counts, _) = reading.get("energyWh"), verdict["status"], decide(verdict, reviews)
    if reading["origin"] != "plant" or energy is None or reading.get("energySource") != "counter" or energy < 0:
        return 0, 0
    if decision is None:
        return (energy if status == "APPROVED" else 0), int(status == "FLAGGED")
    return (energy if counts and decision == "approve" else 0), int(not counts and status != "REJECTED")


COUNTS = "readings approved flagged rejected counterWh estimatedWh reportedWh importWh meterWh creditedWh waiting coveredMs gaps".split()


class Totals:
    def __init__(self, manifest, reviews):
        self.units, self.spans, self.reviews, self.version = {}, {}, reviews, manifest["v"]
        self.start, self.end = instant(manifest["period"]["from"]), instant(manifest["period"]["to"])

    def unit(self, name):
        persons = {"persons": {"approved": 0, "approvedWh": 0, "rejected": 0, "rejectedWh": 0, "names": []}} if self.version > 1 else {}
        return self.units.setdefault(name, dict({"unitId": name}, **{count: 0 for count in COUNTS}, **persons))

    def add_other(self, kind, body):
        if kind == "gap" and instant(body["from"]) < self.end and instant(body["to"]) > self.start:
            self.unit(body["unitId"])["gaps"] += 1
        if kind == "meter" and body.get("counted") == "in-entry" and body["quantity"] == "energyExport" and self.start <= instant(body["at"]) < self.end:
            self.unit(body["unitId"])["meterWh"] += body["energyWh"]

    def add_reading(self, index, reading, verdict):  # whether it lies in the period
        start, end, status = instant(reading["from"]), instant(reading["to"]), verdict["status"]
        if start < self.start or end > self.end:
            return False
        spans, unit, reviews = self.spans.setdefault(reading["unitId"], []), self.unit(reading["unitId"]), self.reviews.get(index, [])
        spans.append((start, end))
        credited, waiting = credit(reading, verdict, reviews)
        source = {"counter": "counterWh", "estimated": "estimatedWh", "reported": "reportedWh"}.get(reading.get("energySource"))
        added = {"readings": 1, status.lower(): 1, "importWh": reading.get("energyImportWh", 0), "creditedWh": credited, "waiting": waiting,
                 "coveredMs": end - start, **({source: reading.get("energyWh", 0)} if source else {})}
        for name, amount in added.items():
            unit[name] += amount
        decision, counts, names = decide(verdict, reviews)
        metered = max(0, reading.get("energyWh", 0)) if reading.get("energySource") == "counter" else 0
        share = {"approve": ("approved", credited), "reject": ("rejected", metered)}.get(decision)
        approves = status != "APPROVED" and reading["origin"] == "plant" and reading.get("energyWh", -1) >= 0 and reading.get("energySource") == "counter"
        if self.version > 1 and counts and (decision == "reject" or approves):
            unit["persons"][share[0]] += 1
            unit["persons"][share[0] + "Wh"] += share[1]
            unit["persons"]["names"] = sorted({*unit["persons"]["names"], *names}, key=lambda name: name.encode("utf-16-be"))
        return True

    def check(self, stated):
        for spans in map(sorted, self.spans.values()):
            need(all(one[1] <= other[0] for one, other in zip(spans, spans[1:])), "a time is read twice")
        need(stated == [self.units[name] for name in sorted(self.units, key=lambda name: name.encode("utf-16-be"))], "totals")


def check_texts(lines):  # models.ndjson and settings.ndjson
    texts = [read(line) for line in lines]
    need(all(set(text) - {"unitId"} == {"digest", "text"} and text["digest"] == "sha256:" + sha(text["text"].encode()).hex() for text in texts), "digest of a text")
    need([text["digest"] for text in texts] == sorted({text["digest"] for text in texts}), "order of the texts")
    return {text["digest"]: text["text"] for text in texts}


def check_verdict(verdict, settings, models):
    layers, findings, score = verdict["layers"], verdict["findings"], verdict["trustScore"]
    need([layer["layer"] for layer in layers] == LAYERS, "five layers")
    known = settings.get(verdict["engine"]["config"])
    judging = [layer for layer in layers if layer["outcome"] != "abstain"]
    total = 0
    for layer in judging:
        total += known[layer["layer"]] if known else layer["weight"]
    mean, flags, rejects = 0, 1, 1
    for layer in layers:
        severities = [f["severity"] for f in findings if f["layer"] == layer["layer"]]
        gravest = "reject" if "reject" in severities else "flag" if "flag" in severities else "pass"
        outcome, own = layer["outcome"], layer.get("score")
        if outcome == "abstain":
            need(own is None and layer["weight"] == 0, "abstention with a score")
            need(gravest == "pass" or (not judging and gravest == "flag" and layer["layer"] == "consistency"), "findings")
            continue
        need(outcome == gravest, "outcome of %s is not that of its findings" % layer["layer"])
        need({"pass": 0 <= own <= 1, "flag": 0.5 <= own < 0.9, "reject": 0 <= own < 0.5}[outcome], "score of a layer")
        share = (known[layer["layer"]] if known else layer["weight"]) / total if total > 0 else 0
        need(abs(share - layer["weight"]) <= 1e-9, "weight of a layer")
        mean += own * share
        flags *= (own - 0.5) / 0.3999 if outcome == "flag" else 1
        rejects *= own / 0.4999 if outcome == "reject" else 1
    outcomes = [layer["outcome"] for layer in layers]
    if judging and total == 0:
        mean = sum(layer["score"] for layer in judging) / len(judging)
    cap = 0.4999 * rejects if "reject" in outcomes else 0.5 + 0.3999 * flags if "flag" in outcomes else 1
    again = math.floor(min(1, max(0, min(mean, cap))) * 10000 + 0.5) / 10000 if judging else 0.5
    slack = 0.0005 if outcomes.count("flag") + outcomes.count("reject") > 1 else 0 if known else 0.00011
    need(abs(again - score) <= slack, "trust score %s, and its layers give %s" % (score, again))
    status = "APPROVED" if score >= 0.9 else "FLAGGED" if score >= 0.5 else "REJECTED"
    severities = [f["severity"] for f in findings]
    need(verdict["status"] == status and not ("reject" in severities and status != "REJECTED")
         and not ("flag" in severities and status == "APPROVED"), "status")
    need(verdict["engine"].get("model") is None or verdict["engine"]["model"] in models, "model")


def check_energy(reading):
    for name, amount in (("energyExport", "energyWh"), ("energyImport", "energyImportWh")):
        span, energy = reading.get("registers", {}).get(name), reading.get(amount)
        if span is None or energy is None or span["events"] or (name == "energyExport" and reading.get("energySource") != "counter"):
            continue
        with localcontext() as exact:
            exact.prec = 200
            counted = (Decimal(span["endKwh"]) - Decimal(span["startKwh"])) * 1000
            need(math.floor(counted) <= energy <= math.ceil(counted), "energy is not the difference of the registers")


def check_other(entry, models):
    kind, body = entry["kind"], entry["body"]
    if kind in ("restore", "salvage"):
        need(isinstance(body["size"], int) and 0 <= body["size"] <= entry["index"], "size of a " + kind)
        instant(body["restoredAt" if kind == "restore" else "salvagedAt"])
    need(kind != "configuration" or sha(body["text"].encode()).hex() == body["sha256"], "digest of a configuration")
    need(kind != "model" or body["digest"] in models, "text of a model")


MESSAGE = set("forebay plant did log size root first end from to approved flagged rejected creditedWh reviewedWh rules models methodology sig".split())


def read_batch(entry, keys, manifest):
    body, name = entry["body"], "batch of entry %d: " % entry["index"]
    raw, message, key = body["message"].encode(), read(body["message"]), signer(keys, entry["index"] + 1)
    need(set(message) == MESSAGE and message["forebay"] == body["v"] and len(raw) <= 1024 and raw == canonical(message) and sha(raw).hex() == body["id"], name + "id")
    need(signed(key["key"], canonical({k: v for k, v in message.items() if k != "sig"}), b64(message["sig"])), name + "signature")
    need((message["plant"], message["log"]) == (manifest["plantId"], key["name"]) and message["did"][:9] == "did:key:z"
         and base58(message["did"][8:]) == b"\xed\x01" + key["key"], name + "plant or device")
    shared, sealed = (("from", "to"), ("from", "to")) if body["v"] == 1 else ((), ("sealedFrom", "sealedTo"))
    need(all(body[k] == message[k] for k in ("first", "end", "size", *shared)) and instant(body[sealed[0]]) <= instant(body[sealed[1]])
         and 0 <= message["first"] < message["end"] <= message["size"] <= entry["index"], name + "run")
    return dict(message, index=entry["index"], id=body["id"], targets=body["targets"])


def check_run(batch, rows, reviews, first, last):  # the sums of a batch whose whole run is at hand
    start, end, name = batch["first"], batch["end"], "batch of entry %d: " % batch["index"]
    worth = lambda index, below: credit(*rows[index], [body for i, body in reviews.get(index, []) if i < below])[0]
    run_rows = [(index, *rows[index]) for index in rows if start <= index < end]
    for status in ("approved", "flagged", "rejected"):
        need(batch[status] == sum(verdict["status"] == status.upper() for _, _, verdict in run_rows), name + status)
    models = sorted({verdict["engine"]["model"] for _, _, verdict in run_rows if "model" in verdict["engine"]})
    digest = None if not models else models[0] if len(models) == 1 else "sha256:" + sha("\n".join(models).encode()).hex()
    rules = " ".join(sorted({verdict["engine"]["version"] for _, _, verdict in run_rows}))
    need(batch["rules"] == rules and batch["models"] == digest, name + "rules")
    need(batch["creditedWh"] == sum(worth(index, end) for index, _, _ in run_rows), name + "creditedWh")
    told = {index for index, said in reviews.items() if index < start and any(start <= i < end for i, _ in said)}
    need(not told <= set(rows) or batch["reviewedWh"] == sum(worth(index, end) - worth(index, start) for index in told), name + "reviewedWh")


def check_span(batch, rows, first, last):  # the period of a message is that of its readings; in version 1 it is another thing
    times = [(instant(rows[index][0]["from"]), instant(rows[index][0]["to"])) for index in rows if batch["first"] <= index < batch["end"]]
    again = (min(start for start, _ in times), max(end for _, end in times)) if times else None
    said = None if batch["from"] is None and batch["to"] is None else (instant(batch["from"]), instant(batch["to"]))
    whole = first <= batch["first"] and batch["end"] <= last
    need(said == again if whole else not again or (said and said[0] <= again[0] and said[1] >= again[1]), "batch of entry %d: period" % batch["index"])


def check_hub(entry, batch, held):  # a hub's receipt is its cosignature (C2SP tlog-cosignature) over a checkpoint of this ledger
    receipt, name = entry["body"]["receipt"], "hub of entry %d" % entry["index"]
    parts = re.fullmatch(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})", receipt["publicKey"])
    raw = b64(parts[3]) if parts else b""
    need(len(raw) == 33 and raw[0] == 4 and sha(parts[1].encode() + b"\n" + raw)[:4].hex() == parts[2], name)
    text, _, block = receipt["checkpoint"].partition("\n\n")
    blobs = [b64(line.split(" ")[2]) for line in block.split("\n")[:-1] if line.startswith("\u2014 %s " % parts[1])]
    blob, time = next((blob for blob in blobs if blob[:4].hex() == parts[2]), b""), receipt["signedAtS"]
    origin, size, root = text.split("\n")
    need(len(blob) == 76 and 0 < time == int.from_bytes(blob[4:12], "big") and origin == signer(held["keys"], entry["index"] + 1)["name"]
         and size == str(receipt["size"]) and signed(raw[1:], ("cosignature/v1\ntime %d\n%s\n" % (time, text)).encode(), blob[12:]), name)
    need((batch is None or int(size) >= batch["end"]) and int(size) <= entry["index"] and held["roots"].get(int(size), b64(root)) == b64(root), name + " is of another ledger")


def check_deliveries(held, rows, reviews):
    manifest, (first, last) = held["manifest"], (held["manifest"]["range"]["from"], held["manifest"]["range"]["to"])
    later = [read(line)["entry"] for line in held["lines"]("receipts.ndjson")]
    need(all(entry["kind"] in ("batch", "receipt") for entry in later)
         and [last - 1] + [entry["index"] for entry in later] == sorted({last - 1, *(entry["index"] for entry in later)}), "receipts")
    entries, before = [entry for entry in held["entries"] if entry["kind"] in ("batch", "receipt")] + later, None
    batches = {entry["index"]: read_batch(entry, held["keys"], manifest) for entry in entries if entry["kind"] == "batch"}
    for batch in batches.values():
        name = "batch of entry %d: " % batch["index"]
        need(before is None or before["end"] == batch["first"], name + "does not begin where the one before ended")
        need(batch["index"] < last or batch["first"] < last, name + "does not touch the range")
        need(held["roots"].get(batch["size"]) == b64(batch["root"]), name + "root")
        if first <= batch["first"] and batch["end"] <= last:
            check_run(batch, rows, reviews, first, last)
        if batch["forebay"] == 2:
            check_span(batch, rows, first, last)
        before = batch
    signed_sizes, left = {entry["body"]["receipt"]["size"] for entry in entries if entry["kind"] == "receipt" and entry["body"]["target"] == "hub"}, held["before"]
    for index, line in enumerate(held["lines"]("entries.ndjson"), first):
        append(left, index, leaf(line.encode()))
        if index + 1 in signed_sizes:
            held["roots"][index + 1] = fold(left)
    for entry in entries:
        if entry["kind"] == "receipt":
            body, batch = entry["body"], batches.get(entry["body"]["batch"])
            if body["target"] == "hub":
                check_hub(entry, batch, held)
            of_former = batch is None and first <= entry["index"] < last and body["batch"] < first
            need(of_former or (batch and batch["index"] < entry["index"] and batch["id"] == body["id"] and body["target"] in batch["targets"]
                               and (entry["index"] < last or batch["end"] > first)), "receipt of entry %d" % entry["index"])


def is_explained(block, entries):  # docs/ledger.md, Samples: whether an entry says why a block is not there
    again = {entry["body"]["from"] for entry in entries if entry["body"]["event"] == "resumed"}
    losses = [entry["body"] for entry in entries if entry["body"]["event"] != "stopped" or entry["body"]["from"] not in again]
    return any(instant(loss["from"]) <= block[1] and ("to" not in loss or instant(loss["to"]) >= block[2]) for loss in losses)


def check_samples(held, blocks):  # blocks: digest to (outcomes, from, to) of the interval
    said, lines = held["manifest"]["samples"], [read(line) for line in held["lines"]("samples.ndjson")]
    for line in lines:
        need(set(line) == {"digest", "text"} and sha(line["text"].encode()).hex() == line["digest"], "digest of raw samples")
        polls = [json.loads(poll) for poll in line["text"].split("\n") if poll.startswith("[")]
        need(blocks.pop(line["digest"], [None])[0] == sum(len(poll[3]) for poll in polls), "a block that no reading names")
    entries = [entry for entry in held["context"] + held["entries"] if entry["kind"] == "samples"]
    unexplained = {"unexplained": sum(not is_explained(block, entries) for block in blocks.values())} if held["manifest"]["v"] > 1 else {}
    need(said == {"blocks": len(lines), "gone": len(blocks), **unexplained}, "number of blocks")


def judge(reading, verdict, reviews):
    return verdict["status"].lower(), credit(reading, verdict, reviews)[0], decide(verdict, reviews)


def timed(entry):  # with the times of what it is of, in milliseconds
    said = entry["body"].get("reading", entry["body"])
    return {**entry, **{name: instant(said[name]) for name in ("from", "to", "at") if entry["kind"] in ("reading", "gap", "meter", "month-closed") and name in said}}


def verify_figures(path):
    held = verify(path)
    manifest, (first, last) = held["manifest"], (held["manifest"]["range"]["from"], held["manifest"]["range"]["to"])
    need(manifest["levels"] == ["entries"] + ["samples"] * ("samples" in manifest), "levels")
    models, settings = check_texts(held["lines"]("models.ndjson")), check_texts(held["lines"]("settings.ndjson"))
    weights = {digest: json.loads(text)["weights"] for digest, text in settings.items()}
    outside = [entry for entry in held["context"] if not first <= entry["index"] < last]
    allowed = ("genesis", "key", "review", "configuration", "model", "gap", "meter", "samples", "month-closed", "mint-approved", "token", "token-minted")
    need(all(entry["kind"] in allowed for entry in outside), "an entry that has no place in the context")
    told, rows, blocks = {}, {}, {}
    for entry in outside + held["entries"]:
        if entry["kind"] == "review":
            told.setdefault(entry["body"]["readingIndex"], []).append((entry["index"], entry["body"]))
    reviews = {index: [body for _, body in sorted(said, key=lambda each: each[0])] for index, said in told.items()}
    totals = Totals(manifest, reviews)
    for entry in outside + held["entries"]:
        if entry["kind"] != "reading":
            totals.add_other(entry["kind"], entry["body"])
            check_other(entry, models)
            continue
        reading, verdict = entry["body"]["reading"], entry["body"]["verdict"]
        need(set(entry["body"]) == {"reading", "signature", "verdict"} and instant(reading["from"]) < instant(reading["to"]), "form of a reading")
        check_verdict(verdict, weights, models)
        check_energy(reading)
        rows[entry["index"]] = (reading, verdict)
        if totals.add_reading(entry["index"], reading, verdict):
            times = instant(reading["from"]), instant(reading["to"])
            blocks.update((block["digest"], (block["outcomes"], *times)) for block in reading["samples"])
    totals.check(manifest["totals"])
    check_deliveries(held, rows, {index: sorted(said, key=lambda each: each[0]) for index, said in told.items()})
    check_months(held, [timed(entry) for entry in outside + held["entries"]], (totals.start, totals.end),
                 lambda index, *read, size: judge(*read, [body for i, body in sorted(told.get(index, []), key=lambda each: each[0]) if i < size]))
    leaves = {entry["index"]: member_bytes(line, "entry") for entry, line in zip(held["context"], held["lines"]("context.ndjson"))}
    leaves.update(enumerate((line.encode() for line in held["lines"]("entries.ndjson")), first))
    check_mints([dict(entry, recorded=instant(entry["at"])) for entry in outside + held["entries"] if entry["index"] < last], first,
                lambda index: leaf(leaves[index]).hex())
    if "samples" in manifest:
        check_samples(held, blocks)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:], verify_figures))
