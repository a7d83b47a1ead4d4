#!/usr/bin/env python3
"""A second verifier of evidence bundles, written from docs/evidence-format.md and docs/ledger.md alone.

verify_bundle.py FILE.zip... : a line for each, `valid` or `invalid: why`. Ends with 0 when all are valid, else with 1.
Needs Python 3.9 and python3-cryptography. It shows that the file is what the device attested, that its entries are those of
the ledger that the device's keys signed, in their order, and that the device signed each reading. verify_figures.py goes on from
there: totals and credit, verdicts, registers, batches, receipts and raw samples; and verify_months.py with closed months and mints.
"""
import base64, hashlib, json, re, struct, sys, zipfile, zlib
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

NAMES = ["entries.ndjson", "context.ndjson", "proofs.json", "checkpoints.ndjson", "receipts.ndjson", "models.ndjson",
         "settings.ndjson", "samples.ndjson", "report.html", "verify.html", "manifest.json", "attestation.json"]
# The versions of each kind's body.
KINDS = {"genesis": [1], "configuration": [1], "reading": [1], "gap": [1, 2], "start": [1], "stop": [1], "clock": [1], "trust": [1],
         "meter": [1, 2], "model": [1], "review": [1], "key": [1], "restore": [1], "samples": [1], "salvage": [1], "batch": [1, 2],
         "receipt": [1], "received": [1], "topic": [1], "did": [1], "month-closed": [1],
         "confirmation": [1], "mint-approved": [1], "token": [1], "token-minted": [1]}
URLS = ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/undefined-terms/v2"]


class Invalid(Exception):
    pass


def need(holds, why):
    if not holds:
        raise Invalid(why)


def sha(data):
    return hashlib.sha256(data).digest()


def b64(text):
    return base64.b64decode(text, validate=True)


def canonical(value):  # RFC 8785 for texts, whole numbers and ASCII names: all but readings, whose own bytes are kept
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def read(text):
    def unique(pairs):
        need(len(dict(pairs)) == len(pairs), "a member stands twice")
        return dict(pairs)
    return json.loads(text, object_pairs_hook=unique)


def member_bytes(line, name):  # the bytes of a member's value, where the member's name stands in a line for the first time
    start = line.index('"%s":' % name) + len(name) + 3
    return line[start:json.JSONDecoder().raw_decode(line, start)[1]].encode()


def signed(key, message, signature):
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        return True
    except (InvalidSignature, ValueError):
        return False


def base58(text):  # base58btc behind its prefix z: each 1 that it begins with is a zero byte
    value, zeros = 0, len(text[1:]) - len(text[1:].lstrip("1"))
    for letter in text[1:]:
        value = value * 58 + "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".index(letter)
    return bytes(zeros) + value.to_bytes((value.bit_length() + 7) // 8, "big")


def read_zip(path):  # name to (stored bytes, content); every byte around the contents is the one that this form gives
    data, files, local, rows = open(path, "rb").read(), {}, b"", b""
    for info in zipfile.ZipFile(path).infolist():
        name, start = info.filename.encode(), info.header_offset + 30 + len(info.filename.encode())
        stored = data[start:start + info.compress_size]
        engine = zlib.decompressobj(-15)
        content = engine.decompress(stored, info.file_size + 1) if info.compress_type == 8 else stored
        need(info.compress_type == (0 if info.filename in NAMES[-2:] else 8) and zlib.crc32(content) == info.CRC, "content of " + info.filename)
        need(info.compress_type == 0 or engine.eof and not engine.unused_data, "DEFLATE of " + info.filename)
        shared = struct.pack("<HHHIIIHH", info.compress_type, 0, 0x21, info.CRC, len(stored), len(content), len(name), 0)
        rows += b"PK\1\2" + struct.pack("<HHH", 20, 20, 0) + shared + struct.pack("<HHHII", 0, 0, 0, 0, len(local)) + name
        local += b"PK\3\4" + struct.pack("<HH", 20, 0) + shared + name + stored
        files[info.filename] = (stored, content)
    end = struct.pack("<HHHHIIH", 0, 0, len(files), len(files), len(rows), len(local), 0)
    need(data == local + rows + b"PK\5\6" + end, "the ZIP has not the one form that a bundle has")
    need(list(files) in (NAMES, [name for name in NAMES if name != "samples.ndjson"]), "other files than a bundle has")
    return files


def leaf(data):  # the tree of RFC 9162
    return sha(b"\0" + data)


def node(left, right):
    return sha(b"\1" + left + right)


def roots_of_path(first, size, old, new, path):  # section 2.1.3.2 and, from where two trees part, 2.1.4.2
    for step in path:
        need(size > 0, "a proof is too long")
        if first & 1 or first == size:
            old, new = node(step, old), node(step, new)
            while not first & 1 and first:
                first, size = first >> 1, size >> 1
        else:
            new = node(new, step)
        first, size = first >> 1, size >> 1
    need(size == 0, "a proof is too short")
    return old, new


def is_extension(first, first_root, second, second_root, path):
    path = ([first_root] if first & (first - 1) == 0 else []) + path
    place, size = first - 1, second - 1
    while place & 1:
        place, size = place >> 1, size >> 1
    return roots_of_path(place, size, path[0], path[0], path[1:]) == (first_root, second_root)


def append(left, size, hashed):  # the roots of the complete subtrees that the leaves fall into
    while size & 1:
        hashed, size = node(left.pop(), hashed), size >> 1
    left.append(hashed)


def fold(left):
    root = left[-1]
    for each in reversed(left[:-1]):
        root = node(each, root)
    return root


def verifier_key(text):
    name, hashed, key = re.fullmatch(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})", text).groups()
    need(b64(key)[0] == 1 and sha(name.encode() + b"\n" + b64(key))[:4].hex() == hashed, "verifier key")
    return {"text": text, "name": name, "hash": bytes.fromhex(hashed), "key": b64(key)[1:]}


def key_history(context):
    need(context[0][0]["index"] == 0 and context[0][0]["kind"] == "genesis", "no genesis entry")
    keys = [dict(verifier_key(context[0][0]["body"]["deviceKey"]), how="genesis", start=0)]
    for entry, line in context:
        if entry["kind"] == "key":
            body, said, old, message = entry["body"], entry["body"]["statement"], keys[-1], member_bytes(line, "statement")
            new = dict(verifier_key(said["to"]), how=said["event"], start=entry["index"])
            need(said["purpose"] == "forebay/key-change/v1" and said["event"] == body["event"] in ("lost", "rotated") and said["size"] == entry["index"]
                 and said["from"] == old["text"] and new["name"] == old["name"] and all(new["key"] != each["key"] for each in keys), "change of key")
            need(signed(new["key"], message, b64(body["newSignature"])), "the new key did not sign its change")
            need(new["how"] == "lost" or signed(old["key"], message, b64(body["oldSignature"])), "the old key did not sign the change")
            keys.append(new)
    return keys


def signer(keys, size):
    return [key for key in keys if key["start"] < size][-1]


def check_note(text, keys):
    origin, size, root, block = re.fullmatch(r"([^\n]+)\n([1-9]\d{0,15})\n(\S{44})\n\n((?:\u2014 \S+ \S+\n)+)", text).groups()
    before = [keys[i - 1] for i, key in enumerate(keys) if key["how"] == "rotated" and key["start"] == int(size) - 1]
    for key in [signer(keys, int(size))] + before:
        lines = [b64(line.split(" ")[2]) for line in block.split("\n")[:-1] if line.split(" ")[1] == key["name"]]
        own = [line[4:] for line in lines if line[:4] == key["hash"]]
        need(origin == key["name"] and own and signed(key["key"], ("%s\n%s\n%s\n" % (origin, size, root)).encode(), own[0]), "checkpoint " + size)
    return int(size), b64(root)


def check_attestation(manifest, attestation, manifest_bytes, root, did):
    proof, total = attestation["proof"], lambda name: sum(unit[name] for unit in manifest["totals"])
    subject = {"type": "ForebayEvidenceBundle", "manifestSha256": sha(manifest_bytes).hex(), "root": base64.b64encode(root).decode(),
               "counterWh": total("counterWh"), "creditedWh": total("creditedWh"),
               **{name: manifest[name] for name in ("plantId", "origin", "period", "range", "treeSize")}}
    claims = {"@context": URLS, "type": ["VerifiableCredential", "ForebayEvidenceCredential"], "issuer": did, "validFrom": manifest["createdAt"],
              "credentialSubject": subject}
    options = {"@context": URLS, "type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "created": manifest["createdAt"],
               "verificationMethod": did + "#" + did[8:], "proofPurpose": "assertionMethod"}
    need(attestation == dict(claims, proof=dict(options, proofValue=proof["proofValue"])), "claims of the attestation")
    need(signed(base58(did[8:])[2:], sha(canonical(options)) + sha(canonical(claims)), base58(proof["proofValue"])), "attestation is not signed")


def verify(path):  # gives what verify_figures.py goes on with
    files = read_zip(path)
    text = {name: content.decode() for name, (_, content) in files.items()}
    lines, one = lambda name: text.get(name, "").split("\n")[:-1], lambda name: read(text[name])
    need(all(data == "" and name.endswith(".ndjson") or data.endswith("\n") or name.endswith(".html") for name, data in text.items()), "a line does not end")
    manifest, proofs = one("manifest.json"), one("proofs.json")
    need(manifest["format"] == "forebay-evidence" and manifest["v"] in (1, 2), "version")
    need(manifest["files"] == [{"name": name, "bytes": len(content), "sha256": sha(content).hex(), "storedBytes": len(stored),
                                "storedSha256": sha(stored).hex()} for name, (stored, content) in files.items() if name not in NAMES[-2:]], "digests")
    first, last, tree = manifest["range"]["from"], manifest["range"]["to"], manifest["treeSize"]
    context = [(read(line)["entry"], line) for line in lines("context.ndjson")]
    need(0 <= first < last <= tree and [e["index"] for e, _ in context] == sorted({e["index"] for e, _ in context}), "order of the context")
    keys = key_history(context)
    notes = [check_note(read(line)["note"], keys) for line in lines("checkpoints.ndjson")]
    roots = dict(notes)
    need({last, tree} | ({first} if first else set()) <= set(roots) and notes[-1][0] == tree, "a checkpoint is missing")
    need(set(proofs) == {"v", "left", "consistency"} and proofs["v"] == 1 and len(proofs["consistency"]) == len(notes) - 1 and all(
        (step["from"], step["to"]) == (old[0], new[0]) and is_extension(*old, *new, [b64(h) for h in step["hashes"]])
        for step, old, new in zip(proofs["consistency"], notes, notes[1:])), "consistency")
    for entry, line in context + [(read(line)["entry"], line) for line in lines("receipts.ndjson")]:
        hashed = leaf(member_bytes(line, "entry"))
        root = roots_of_path(entry["index"], tree - 1, hashed, hashed, [b64(h) for h in read(line)["hashes"]])[1]
        need(entry["index"] < tree and root == roots[tree], "entry %d is not in the ledger" % entry["index"])
    left = [b64(h) for h in proofs["left"]]
    before = list(left)
    need(len(left) == bin(first).count("1") and (first == 0 or fold(left) == roots[first]), "the hashes before the range")
    genesis = context[0][0]["body"]
    need((genesis["plantId"], genesis["origin"]) == (manifest["plantId"], manifest["origin"]), "plant")
    need([dict(key, did=base58(key["did"][8:])) for key in manifest["keys"]] == [
        {"verifierKey": key["text"], "did": b"\xed\x01" + key["key"], "how": key["how"], "from": key["start"]} for key in keys], "keys")
    check_attestation(manifest, one("attestation.json"), files["manifest.json"][1], roots[tree], manifest["keys"][-1]["did"])

    within, entries, root_before = {e["index"]: member_bytes(line, "entry") for e, line in context if first <= e["index"] < last}, [], {}
    for index, line in enumerate(lines("entries.ndjson"), first):
        entry = read(line)
        kind, body = entry["kind"], entry["body"]
        need(entry["index"] == index < last and (body["reading"] if kind == "reading" else body).get("v", 1) in KINDS.get(kind, []), "order or kind")
        foreign = kind == "review" and not first <= body["readingIndex"] < last
        need(within.pop(index, None) in ([None, line.encode()] if foreign else [line.encode()] if kind in ("genesis", "key", "review") else [None]),
             "an entry of the context is another one in the range")
        if kind == "reading":
            need((body["reading"]["plantId"], body["reading"]["origin"]) == (manifest["plantId"], manifest["origin"]), "plant of a reading")
            need(signed(signer(keys, index + 1)["key"], member_bytes(line, "reading"), b64(body["signature"])), "signature of entry %d" % index)
        root_before[index] = fold(left) if kind in ("key", "batch") and index else None
        need(kind != "key" or b64(body["statement"]["root"]) == root_before[index], "a change of key is of another ledger")
        append(left, index, leaf(line.encode()))
        need(index + 1 not in roots or fold(left) == roots[index + 1], "the entries do not give the root over %d" % (index + 1))
        entries.append(entry)
    need(len(entries) == last - first and not within, "entries are missing")
    return {"manifest": manifest, "lines": lines, "entries": entries, "context": [e for e, _ in context], "keys": keys,
            "before": before, "roots": {**{index: root for index, root in root_before.items() if root}, **roots}}


def run(paths, check):
    sound = True
    for path in paths:
        try:
            check(path)
            print("valid")
        except Exception as why:  # whatever a bundle holds that this page does not allow, it is invalid
            sound = False
            print("invalid: " + (str(why) or type(why).__name__).replace("\n", " "))
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:], verify))
