#!/usr/bin/env python3
"""A second verifier of evidence bundles, written from docs/evidence-format.md and docs/ledger.md alone.

verify_bundle.py FILE.zip... : a line for each, `valid` or `invalid: why`. Ends with 0 when all are valid, else with 1.
Needs Python 3.9 and python3-cryptography. It does not read report.html, verify.html or what raw samples mean.
"""
import base64, hashlib, json, math, re, struct, sys, unicodedata, zlib
from datetime import datetime, timedelta, timezone
from decimal import Decimal, localcontext
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

NAMES = ["entries.ndjson", "context.ndjson", "proofs.json", "checkpoints.ndjson", "receipts.ndjson", "models.ndjson",
         "settings.ndjson", "samples.ndjson", "report.html", "verify.html", "manifest.json", "attestation.json"]
# The versions of each kind's body.
KINDS = {"genesis": [1], "configuration": [1], "reading": [1], "gap": [1, 2], "start": [1], "stop": [1], "clock": [1], "trust": [1],
         "meter": [1, 2], "model": [1], "review": [1], "key": [1], "restore": [1], "samples": [1], "salvage": [1], "batch": [1],
         "receipt": [1], "received": [1], "topic": [1]}
LAYERS = ["physics", "temporal", "environmental", "statistical", "consistency"]
CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/undefined-terms/v2"]


class Invalid(Exception):
    pass


def need(holds, why):
    if not holds:
        raise Invalid(why)


def is_known(entry):
    held = entry["body"].get("reading") if entry["kind"] == "reading" else entry["body"]
    return entry["v"] == 1 and held.get("v", 1) in KINDS.get(entry["kind"], [])


def sha(data):
    return hashlib.sha256(data).digest()


def number(value):  # ECMAScript's Number::toString, as RFC 8785 asks
    if isinstance(value, int):
        return str(value) if abs(value) < 10**21 else number(float(value))
    if value == 0:
        return "0"
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    text = "".join(map(str, digits)).rstrip("0")
    point = len(digits) + exponent
    if 0 < point <= 21:
        body = text.ljust(point, "0") if len(text) <= point else text[:point] + "." + text[point:]
    elif -6 < point <= 0:
        body = "0." + "0" * -point + text
    else:
        body = text[0] + ("." + text[1:] if len(text) > 1 else "") + "e%+d" % (point - 1)
    return "-" * sign + body


def jcs(value):
    if isinstance(value, dict):
        items = sorted(value.items(), key=lambda item: item[0].encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(jcs(k) + ":" + jcs(v) for k, v in items) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(jcs, value)) + "]"
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return number(value)


def canonical(text, where):
    value = json.loads(text)
    need(jcs(value) == text, where + " is not canonical")
    return value


def b64(text):
    data = base64.b64decode(text, validate=True)
    need(base64.b64encode(data).decode() == text, "base64 is not canonical")
    return data


def signed(key, message, signature):
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        return True
    except (InvalidSignature, ValueError):
        return False


def base58(text):
    need(text[:1] == "z", "no base58btc")
    value = 0
    for letter in text[1:]:
        value = value * 58 + "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".index(letter)
    zeros = len(text[1:]) - len(text[1:].lstrip("1"))
    return bytes(zeros) + value.to_bytes((value.bit_length() + 7) // 8, "big")


def instant(text):
    since = datetime.fromisoformat(text.replace("Z", "+00:00")) - datetime(1970, 1, 1, tzinfo=timezone.utc)
    return since // timedelta(milliseconds=1)


# Container

def read_zip(data):
    need(len(data) >= 22 and data[-22:-18] == b"PK\5\6", "no end record")
    count, length, offset = struct.unpack("<HII", data[-12:-2])
    need(offset + length == len(data) - 22, "directory is not where it should be")
    rows, at, files, place = data[offset:-22], 0, {}, 0
    for _ in range(count):
        method, crc, stored, size, name_length = struct.unpack("<H4xIIIH", rows[at + 10:at + 30])
        name = rows[at + 46:at + 46 + name_length].decode()
        shared = struct.pack("<HHHIIIHH", method, 0, 0x21, crc, stored, size, name_length, 0)
        local = b"PK\3\4" + struct.pack("<HH", 20, 0) + shared + name.encode()
        row = b"PK\1\2" + struct.pack("<HHH", 20, 20, 0) + shared + struct.pack("<HHHII", 0, 0, 0, 0, place) + name.encode()
        need(rows[at:at + len(row)] == row, "row of " + name)
        need(data[place:place + len(local)] == local, "header of " + name)
        packed = data[place + len(local):place + len(local) + stored]
        need(len(packed) == stored and method == (0 if name in NAMES[-2:] else 8), "content of " + name)
        files[name], at, place = (packed, crc, size), at + len(row), place + len(local) + stored
    need(at == length and place == offset, "gaps in the ZIP")
    need(data[-22:] == b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, count, count, length, offset, 0), "end record")
    need(list(files) in (NAMES, [n for n in NAMES if n != "samples.ndjson"]), "other files than a bundle has")
    return files


def unpack(name, packed, crc, size):
    if name not in NAMES[-2:]:
        engine = zlib.decompressobj(-15)
        packed = engine.decompress(packed, size + 1) + engine.flush()
        need(engine.eof and not engine.unused_data and not engine.unconsumed_tail, "DEFLATE of " + name)
    need(len(packed) == size and zlib.crc32(packed) == crc, "length or CRC-32 of " + name)
    return packed


# Tree (RFC 9162)

def leaf(data):
    return sha(b"\0" + data)


def node(left, right):
    return sha(b"\1" + left + right)


def root_of_inclusion(entry, index, size, hashes):
    fn, sn, root = index, size - 1, leaf(entry)
    for step in hashes:
        need(sn > 0, "inclusion proof is too long")
        if fn & 1 or fn == sn:
            root = node(step, root)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            root = node(root, step)
        fn, sn = fn >> 1, sn >> 1
    need(sn == 0, "inclusion proof is too short")
    return root


def extends(first, first_root, second, second_root, hashes):
    path = ([first_root] if first & (first - 1) == 0 else []) + hashes
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    need(path, "consistency proof is empty")
    old = new = path[0]
    for step in path[1:]:
        need(sn > 0, "consistency proof is too long")
        if fn & 1 or fn == sn:
            old, new = node(step, old), node(step, new)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            new = node(new, step)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and old == first_root and new == second_root


class Edge:
    def __init__(self, size, left):
        need(len(left) == bin(size).count("1"), "left has not one hash for each bit")
        self.size, self.left = size, list(left)

    def append(self, hashed):
        size = self.size
        while size & 1:
            hashed, size = node(self.left.pop(), hashed), size >> 1
        self.left.append(hashed)
        self.size += 1

    def root(self):
        root = self.left[-1] if self.left else sha(b"")
        for left in reversed(self.left[:-1]):
            root = node(left, root)
        return root


# Keys and notes

def verifier_key(text):
    name, hashed, key = re.fullmatch(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)", text).groups()
    blob = b64(key)
    need(len(blob) == 33 and blob[0] == 1 and sha(name.encode() + b"\n" + blob)[:4].hex() == hashed, "verifier key")
    return {"text": text, "name": name, "hash": bytes.fromhex(hashed), "key": blob[1:]}


def key_history(context):
    need(context and context[0]["index"] == 0 and context[0]["kind"] == "genesis", "no genesis entry")
    keys = [dict(verifier_key(context[0]["body"]["deviceKey"]), how="genesis", start=0)]
    for entry in context:
        if entry["kind"] != "key":
            continue
        body, said = entry["body"], entry["body"]["statement"]
        new, old, lost = verifier_key(said["to"]), keys[-1], body["event"] == "lost"
        need(set(body) == {"v", "event", "statement", "newSignature"} | (set() if lost else {"oldSignature"}), "key entry")
        need(set(said) == {"purpose", "event", "from", "to", "size", "root", "reason", "by"} and body["v"] == 1
             and said["purpose"] == "forebay/key-change/v1" and said["event"] == body["event"] in ("lost", "rotated")
             and said["size"] == entry["index"] and said["from"] == old["text"] and new["name"] == old["name"]
             and all(new["key"] != known["key"] for known in keys), "key entry does not fit")
        message = jcs(said).encode()
        need(signed(new["key"], message, b64(body["newSignature"])), "key entry is not signed by the new key")
        need(lost or signed(old["key"], message, b64(body["oldSignature"])), "key entry is not signed by the old key")
        keys.append(dict(new, how=body["event"], start=entry["index"]))
    return keys


def signer(keys, size):
    return [key for key in keys if key["start"] < size][-1]


def check_note(text, keys):
    parts = re.fullmatch(r"([^\n]+)\n(0|[1-9]\d{0,15})\n(\S{44})\n\n((?:\u2014 \S+ \S+\n)+)", text)
    need(parts, "no signed note")
    origin, size, root, block = parts.groups()
    signers = [signer(keys, int(size))] + [keys[i - 1] for i, k in enumerate(keys) if k["how"] == "rotated" and k["start"] == int(size) - 1]
    lines = [(line.split(" ")[1], b64(line.split(" ")[2])) for line in block.split("\n")[:-1]]
    for key in signers:
        blob = next((b for n, b in lines if n == key["name"] and b[:4] == key["hash"]), b"")
        message = ("%s\n%s\n%s\n" % (origin, size, root)).encode()
        need(origin == key["name"] and signed(key["key"], message, blob[4:]), "checkpoint %s is not signed" % size)
    return int(size), b64(root)


# Readings

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


ORDER = re.compile("VER_(COUNTER_|REGISTER_|ENERGY_COUNTED_TWICE|ENERGY_REGISTER_MISMATCH|CLAIM_UNLIKE_REGISTER|DUPLICATE|OVERLAP)")


def credit(reading, verdict, reviews):  # docs/ledger.md, Review
    energy, status = reading.get("energyWh"), verdict["status"]
    if reading["origin"] != "plant" or energy is None or reading.get("energySource") != "counter" or energy < 0:
        return 0, 0
    veto = any(f["severity"] == "reject" and (f["layer"] == "physics" or ORDER.match(f["code"])) for f in verdict["findings"])
    ranks, voices = ["operator", "engineer", "admin"], []
    fold = lambda name: unicodedata.normalize("NFKC", name).strip().lower()
    for review in reviews:
        easy = status == "FLAGGED" or (status == "REJECTED" and review["decision"] == "reject")
        if review["role"] not in ranks or ranks.index(review["role"]) < (0 if easy else 1):
            continue
        voices = [v for v in voices if v["account"] != review["account"] and fold(v["by"]) != fold(review["by"])] + [review]
    if not voices:
        return (energy if status == "APPROVED" else 0), int(status == "FLAGGED")
    decision = voices[-1]["decision"]
    two = voices[-1]["fourEyes"] is True or (decision == "approve" and veto)
    if sum(v["decision"] == decision for v in voices) < (2 if two else 1):
        return 0, int(status != "REJECTED")
    return (energy if decision == "approve" else 0), 0


# Batches and receipts (docs/sync.md)

MESSAGE = set("forebay plant did log size root first end from to approved flagged rejected creditedWh reviewedWh rules models methodology sig".split())


def read_batch(entry, keys, manifest):
    body, name = entry["body"], "batch of entry %d: " % entry["index"]
    raw = body["message"].encode()
    message = canonical(body["message"], name + "message")
    need(set(message) == MESSAGE and message["forebay"] == 1 and len(raw) <= 1024 and sha(raw).hex() == body["id"], name + "id")
    key = signer(keys, entry["index"] + 1)
    need(signed(key["key"], jcs({k: v for k, v in message.items() if k != "sig"}).encode(), b64(message["sig"])), name + "signature")
    need((message["plant"], message["did"], message["log"]) == (manifest["plantId"], "did:key:" + encode58(b"\xed\x01" + key["key"]), key["name"]),
         name + "plant or device")
    need(all(body[k] == message[k] for k in ("first", "end", "size", "from", "to")) and instant(message["from"]) <= instant(message["to"])
         and 0 <= message["first"] < message["end"] <= message["size"] <= entry["index"], name + "run")
    return dict(message, index=entry["index"], id=body["id"], targets=body["targets"])


def check_deliveries(entries, roots, rows, reviews, manifest, keys):
    first, last = manifest["range"]["from"], manifest["range"]["to"]
    batches = {e["index"]: read_batch(e, keys, manifest) for e in entries if e["kind"] == "batch"}
    ordered = [batches[index] for index in sorted(batches)]
    for before, batch in zip([None] + ordered, ordered):
        name, start, end = "batch of entry %d: " % batch["index"], batch["first"], batch["end"]
        need(before is None or before["end"] == start, name + "does not begin where the one before ended")
        need(batch["index"] < last or start < last, name + "does not touch the range")
        need(roots.get(batch["size"]) == b64(batch["root"]), name + "root")
        if start < first or end > last:
            continue
        worth = lambda index, below: credit(*rows[index], [r for i, r in reviews.get(index, []) if i < below])[0]
        run = [(index, *rows[index]) for index in rows if start <= index < end]
        for status in ("approved", "flagged", "rejected"):
            need(batch[status] == sum(verdict["status"] == status.upper() for _, _, verdict in run), name + status)
        models = sorted({verdict["engine"]["model"] for _, _, verdict in run if "model" in verdict["engine"]})
        digest = None if not models else models[0] if len(models) == 1 else "sha256:" + sha("\n".join(models).encode()).hex()
        need(batch["rules"] == " ".join(sorted({verdict["engine"]["version"] for _, _, verdict in run})) and batch["models"] == digest, name + "rules")
        need(batch["creditedWh"] == sum(worth(index, end) for index, _, _ in run), name + "creditedWh")
        told = {index for index, said in reviews.items() if index < start and any(start <= i < end for i, _ in said)}
        if told <= set(rows):
            need(batch["reviewedWh"] == sum(worth(index, end) - worth(index, start) for index in told), name + "reviewedWh")
    for entry in entries:
        if entry["kind"] != "receipt":
            continue
        body, batch = entry["body"], batches.get(entry["body"]["batch"])
        if batch is None and first <= entry["index"] < last and body["batch"] < first:
            continue
        need(batch and batch["index"] < entry["index"] and batch["id"] == body["id"] and body["target"] in batch["targets"]
             and (entry["index"] < last or batch["end"] > first), "receipt of entry %d" % entry["index"])


# The whole

def verify(path):
    with open(path, "rb") as file:
        files = read_zip(file.read())
    text = {name: unpack(name, *files[name]).decode() for name in NAMES if name in files}
    for name in text:
        if not name.endswith(".html"):
            need(text[name].endswith("\n") or (text[name] == "" and name.endswith(".ndjson")), "last line of " + name)
    lines = lambda name: text.get(name, "").split("\n")[:-1]
    one = lambda name: canonical(text[name][:-1], name)
    parsed = lambda name: [canonical(line, name) for line in lines(name)]
    manifest, attestation, proofs = one("manifest.json"), one("attestation.json"), one("proofs.json")
    need(manifest["format"] == "forebay-evidence" and manifest["v"] == 1, "version")
    need(set(manifest) - {"samples"} == {"v", "format", "tool", "createdAt", "plantId", "origin", "period", "range", "treeSize",
                                         "levels", "keys", "totals", "files"}, "members of the manifest")
    need(manifest["levels"] == ["entries"] + ["samples"] * ("samples.ndjson" in files), "levels")
    need(manifest["files"] == [{"name": name, "bytes": files[name][2], "sha256": sha(text[name].encode()).hex(),
                                "storedBytes": len(files[name][0]), "storedSha256": sha(files[name][0]).hex()}
                               for name in files if name not in NAMES[-2:]], "digests of the files")
    proof = attestation.pop("proof")
    value = base58(proof.pop("proofValue"))
    did = attestation["issuer"]
    multikey = base58(did[len("did:key:"):])
    need(did.startswith("did:key:") and multikey[:2] == b"\xed\x01" and len(multikey) == 34, "did:key")
    need(proof == {"@context": CONTEXT, "type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "created": manifest["createdAt"],
                   "verificationMethod": did + "#" + did[8:], "proofPurpose": "assertionMethod"}, "proof options")
    need(signed(multikey[2:], sha(jcs(proof).encode()) + sha(jcs(attestation).encode()), value), "attestation is not signed")

    first, last, tree = manifest["range"]["from"], manifest["range"]["to"], manifest["treeSize"]
    need(0 <= first < last <= tree, "range")
    outer, context = parsed("context.ndjson"), [line["entry"] for line in parsed("context.ndjson")]
    need([e["index"] for e in context] == sorted({e["index"] for e in context}), "order of the context")
    need(all(set(line) == {"entry", "hashes"} and is_known(line["entry"]) for line in outer), "context")
    inside = lambda entry: first <= entry["index"] < last
    before = ("genesis", "key", "review")
    need(all(e["kind"] in before or (e["kind"] in ("configuration", "model", "gap", "meter") and not inside(e)) for e in context),
         "an entry that has no place in the context")
    keys = key_history(context)
    notes = []
    for line in parsed("checkpoints.ndjson"):
        size, root = check_note(line["note"], keys)
        need(line == {"note": line["note"], "size": size} and (not notes or size > notes[-1][0]), "order of the checkpoints")
        notes.append((size, root))
    roots = dict(notes)
    need({last, tree} | ({first} if first else set()) <= set(roots) and notes[-1][0] == tree, "a checkpoint is missing")
    need(set(proofs) == {"v", "left", "consistency"} and proofs["v"] == 1 and len(proofs["consistency"]) == len(notes) - 1, "proofs")
    for step, (old, new) in zip(proofs["consistency"], zip(notes, notes[1:])):
        need(set(step) == {"from", "to", "hashes"} and (step["from"], step["to"]) == (old[0], new[0])
             and extends(*old, *new, [b64(h) for h in step["hashes"]]), "consistency")
    for line in outer:
        entry = jcs(line["entry"]).encode()
        root = root_of_inclusion(entry, line["entry"]["index"], tree, [b64(h) for h in line["hashes"]])
        need(root == roots[tree], "entry %d is not in the ledger" % line["entry"]["index"])
    edge = Edge(first, [b64(h) for h in proofs["left"]])
    need(first == 0 or edge.root() == roots[first], "the hashes before the range")

    plant, origin = manifest["plantId"], manifest["origin"]
    need((context[0]["body"]["plantId"], context[0]["body"]["origin"]) == (plant, origin), "plant")
    spell = lambda key: "did:key:" + encode58(b"\xed\x01" + key["key"])
    need(manifest["keys"] == [{"verifierKey": k["text"], "did": spell(k), "how": k["how"], "from": k["start"]} for k in keys], "keys")
    need(did == manifest["keys"][-1]["did"], "the attestation is by somebody else")
    total = lambda name: sum(unit[name] for unit in manifest["totals"])
    need(attestation == {"@context": CONTEXT, "type": ["VerifiableCredential", "ForebayEvidenceCredential"], "issuer": did,
                         "validFrom": manifest["createdAt"], "credentialSubject": {
                             "type": "ForebayEvidenceBundle", "manifestSha256": sha(text["manifest.json"].encode()).hex(),
                             "plantId": plant, "origin": origin, "period": manifest["period"], "range": manifest["range"],
                             "treeSize": tree, "root": base64.b64encode(roots[tree]).decode(),
                             "counterWh": total("counterWh"), "creditedWh": total("creditedWh")}}, "claims of the attestation")

    models, settings = texts_by_digest(parsed("models.ndjson")), texts_by_digest(parsed("settings.ndjson"))
    weights = {digest: json.loads(held)["weights"] for digest, held in settings.items()}
    delivered = []
    for line in parsed("receipts.ndjson"):
        entry = line["entry"]
        need(set(line) == {"entry", "hashes"} and is_known(entry) and entry["kind"] in ("batch", "receipt")
             and max([last - 1] + [e["index"] for e in delivered]) < entry["index"] < tree, "receipts")
        root = root_of_inclusion(jcs(entry).encode(), entry["index"], tree, [b64(h) for h in line["hashes"]])
        need(root == roots[tree], "entry %d is not in the ledger" % entry["index"])
        delivered.append(entry)
    blocks = check_entries(manifest, lines("entries.ndjson"), context, edge, roots, keys, (weights, models), delivered)
    if "samples" in manifest:
        check_samples(manifest["samples"], parsed("samples.ndjson"), blocks)


def encode58(data):
    value, text = int.from_bytes(data, "big"), ""
    while value:
        value, digit = divmod(value, 58)
        text = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"[digit] + text
    return "z" + "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def texts_by_digest(lines):
    for line in lines:
        need(set(line) - {"unitId"} == {"digest", "text"} and line["digest"] == "sha256:" + sha(line["text"].encode()).hex(), "digest of a text")
    need([line["digest"] for line in lines] == sorted({line["digest"] for line in lines}), "order of the texts")
    return {line["digest"]: line["text"] for line in lines}


def check_entries(manifest, lines, context, edge, roots, keys, texts, delivered):
    first, last = manifest["range"]["from"], manifest["range"]["to"]
    start, end = instant(manifest["period"]["from"]), instant(manifest["period"]["to"])
    held = {e["index"]: jcs(e) for e in context}
    reviews, units, blocks, spans, needed = {}, {}, {}, {}, 0
    rows, told, batch_roots = {}, {}, {}
    for entry in context:
        if entry["kind"] == "review":
            reviews.setdefault(entry["body"]["readingIndex"], []).append(entry["body"])
            told.setdefault(entry["body"]["readingIndex"], []).append((entry["index"], entry["body"]))
    names = "readings approved flagged rejected counterWh estimatedWh reportedWh importWh meterWh creditedWh waiting coveredMs gaps"
    unit_of = lambda unit: units.setdefault(unit, dict({"unitId": unit}, **{name: 0 for name in names.split()}))

    def other(entry):
        kind, body = entry["kind"], entry["body"]
        if kind == "gap" and instant(body["from"]) < end and instant(body["to"]) > start:
            unit_of(body["unitId"])["gaps"] += 1
        if kind == "meter" and body.get("counted") == "in-entry" and body["quantity"] == "energyExport" and start <= instant(body["at"]) < end:
            unit_of(body["unitId"])["meterWh"] += body["energyWh"]
        if kind in ("restore", "salvage"):
            need(isinstance(body["size"], int) and 0 <= body["size"] <= entry["index"], "size of a %s" % kind)
            instant(body["restoredAt" if kind == "restore" else "salvagedAt"])
        if kind == "configuration":
            need(sha(body["text"].encode()).hex() == body["sha256"], "digest of a configuration")
        need(kind != "model" or body["digest"] in texts[1], "text of a model")

    for entry in context:
        if not first <= entry["index"] < last:
            other(entry)
    for line in lines:
        entry, index = canonical(line, "entry"), edge.size
        need(set(entry) == {"v", "index", "kind", "at", "body"} and entry["v"] == 1 and entry["index"] == index < last
             and is_known(entry), "order or form of entry %d" % index)
        kind, body = entry["kind"], entry["body"]
        if kind in ("genesis", "key") or (kind == "review" and (index in held or first <= body["readingIndex"] < last)):
            need(held.get(index) == line, "entry %d is not the one in the context" % index)
            needed += 1
        if kind == "key":
            need(b64(body["statement"]["root"]) == edge.root(), "key entry of another ledger")
        if kind == "review" and index not in held:
            told.setdefault(body["readingIndex"], []).append((index, body))
        if kind in ("batch", "receipt"):
            delivered.append(entry)
            batch_roots[index] = edge.root()
        if kind != "reading":
            other(entry)
        else:
            reading, verdict = body["reading"], body["verdict"]
            need(set(body) == {"reading", "signature", "verdict"}, "body of entry %d" % index)
            need(signed(signer(keys, index + 1)["key"], jcs(reading).encode(), b64(body["signature"])), "entry %d is not signed" % index)
            since, until = instant(reading["from"]), instant(reading["to"])
            need((reading["plantId"], reading["origin"]) == (manifest["plantId"], manifest["origin"]) and since < until, "plant of entry %d" % index)
            check_verdict(verdict, *texts)
            check_energy(reading)
            rows[index] = (reading, verdict)
            if since >= start and until <= end:
                unit = unit_of(reading["unitId"])
                spans.setdefault(reading["unitId"], []).append((since, until))
                credited, waiting = credit(reading, verdict, reviews.get(index, []))
                source = reading.get("energySource")
                for name, amount in (("readings", 1), (verdict["status"].lower(), 1), ("importWh", reading.get("energyImportWh", 0)),
                                     ("creditedWh", credited), ("waiting", waiting), ("coveredMs", until - since)):
                    unit[name] += amount
                if source:
                    unit[source + "Wh"] += reading.get("energyWh", 0)
                blocks.update((block["digest"], block["outcomes"]) for block in reading["samples"])
        edge.append(leaf(line.encode()))
        need(edge.size not in roots or edge.root() == roots[edge.size], "root at %d" % edge.size)
    need(edge.size == last and needed == sum(first <= e["index"] < last for e in context), "end of the range")
    check_deliveries(sorted(delivered, key=lambda e: e["index"]), {**batch_roots, **roots}, rows, told, manifest, keys)
    for times in spans.values():
        times.sort()
        need(all(a[1] <= b[0] for a, b in zip(times, times[1:])), "a time that is read twice")
    totals = sorted(units.values(), key=lambda unit: unit["unitId"].encode("utf-16-be"))
    need(totals == manifest["totals"], "totals")
    return blocks


def check_samples(said, lines, blocks):
    for line in lines:
        need(set(line) == {"digest", "text"} and sha(line["text"].encode()).hex() == line["digest"], "digest of raw samples")
        polls = [json.loads(poll) for poll in line["text"].split("\n") if poll.startswith("[")]
        need(blocks.pop(line["digest"], None) == sum(len(poll[3]) for poll in polls), "a block that no reading names")
    need(said == {"blocks": len(lines), "gone": len(blocks)}, "number of blocks")


if __name__ == "__main__":
    bad = 0
    for name in sys.argv[1:]:
        try:
            verify(name)
            print("valid")
        except Exception as error:  # whatever cannot be read is not valid either
            bad = 1
            print("invalid: %s" % (error if isinstance(error, Invalid) else repr(error)))
    sys.exit(bad)
