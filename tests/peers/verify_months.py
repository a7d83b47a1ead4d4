"""Closed months of an evidence bundle, added up again, and what was minted for them: the third part of the second verifier, after
docs/evidence-format.md (Closed months, Certificates) and docs/ledger.md (Month, Mint). Needs the time zones of Debian's tzdata."""
import unicodedata
from datetime import datetime
from zoneinfo import ZoneInfo
from verify_bundle import Invalid, b64, canonical, need, sha

SUMS = """readings approved flagged rejected approvedWh flaggedWh rejectedWh counterWh estimatedWh reportedWh personsApproved personsApprovedWh
personsRejected personsRejectedWh waiting waitingWh creditedWh importWh meterWh straddling straddlingWh gaps gapMs gapUncreditedMs coveredMs""".split()
WORDS = {"interface-meter": "interface meter", "generator-terminals": "generator terminals, no interface meter",
         "mixed": "interface meter where one was named, else generator terminals"}


def span_of(month, zone):
    year, number = int(month[:4]), int(month[5:])
    begins = (datetime(year, number, 1, tzinfo=ZoneInfo(zone)), datetime(year + number // 12, number % 12 + 1, 1, tzinfo=ZoneInfo(zone)))
    return tuple(round(begin.timestamp() * 1000) for begin in begins)


def interval_sums(intervals):  # net at the interface to the grid
    named = [each for each in intervals if each["named"]]
    basis = "generator-terminals" if not named else "interface-meter" if len(named) == len(intervals) else "mixed"
    metered = [(max(0, min(each["export"], default=0)), sum(each["credited"]), each["whole"]) for each in named]
    imports = [max(each["plant"]) if each["plant"] else sum(each["units"]) for each in intervals if each["plant"] or each["units"]]
    return {"basis": basis, "words": WORDS[basis], "interfaceWh": sum(wh if whole else min(wh, credited) for wh, credited, whole in metered),
            "terminalsWh": sum(sum(each["credited"]) for each in intervals if not each["named"]), "importWh": sum(max(0, wh) for wh in imports),
            "intervals": len(intervals), "interfaceIntervals": len(named), "silentIntervals": sum(not each["export"] for each in named),
            "importIntervals": len(imports)}


def add_reading(unit, interval, reading, energy, judged):
    status, credited, (decision, counts, _) = judged
    source = reading.get("energySource", "reported")
    for name, amount in (("readings", 1), (status, 1), (status + "Wh", energy), (source + "Wh", energy), ("creditedWh", credited),
                         ("importWh", reading.get("energyImportWh", 0))):
        unit[name] += amount
    able = reading["origin"] == "plant" and reading.get("energyWh", -1) >= 0 and reading.get("energySource") == "counter"
    sort = ("waiting" if (decision and not counts) or (decision is None and status == "flagged") else "personsRejected" if decision == "reject"
            else "personsApproved" if decision and status != "approved" and able else None)
    if sort:
        unit[sort] += 1
        unit[sort + "Wh"] += credited if sort == "personsApproved" else energy
    witness = reading.get("witness", {})
    interval["credited"].append(credited)
    interval["whole"] &= reading.get("energyWh") == 0 or credited != 0
    interval["named"] |= "plantExport" in witness or "plantExport" in witness.get("silent", {})
    for name, rows in (("plantExport", "export"), ("plantImport", "plant")):
        interval[rows] += [witness[name]["energyWh"]] if name in witness else []
    interval["units"] += [max(0, reading["energyImportWh"])] if "energyImportWh" in reading else []


def month_again(body, entries, origin, judge):
    start, end = span_of(body["month"], body["timeZone"])
    units, spans, intervals, found, demo = {}, {}, {}, [], origin != "plant"
    unit = lambda name: units.setdefault(name, {"unitId": name, **dict.fromkeys(SUMS, 0)})
    for entry in entries:
        kind, said = entry["kind"], entry["body"]
        if kind == "gap" and max(start, entry["from"]) < min(end, entry["to"]):
            within = min(end, entry["to"]) - max(start, entry["from"])
            lost = min(within, int(said["missingSeconds"] * 1000 + 0.5)) if "missingSeconds" in said else within
            amounts = {"gaps": 1, "gapMs": lost, "gapUncreditedMs": lost if said["treatment"] != "counter-difference" else 0}
            unit(said["unitId"]).update({name: unit(said["unitId"])[name] + amount for name, amount in amounts.items()})
        if kind == "meter" and said.get("counted") == "in-entry" and said["quantity"] == "energyExport" and start <= entry["at"] < end:
            unit(said["unitId"])["meterWh"] += said["energyWh"]
        if kind != "reading" or not start < entry["to"] <= end:
            continue
        reading = said["reading"]
        energy, own, demo = reading.get("energyWh", 0), unit(reading["unitId"]), demo or reading["origin"] != "plant"
        found.append(entry["index"])
        spans.setdefault(reading["unitId"], []).append((entry["from"], entry["to"]))
        own["coveredMs"] += entry["to"] - entry["from"]
        if entry["from"] < start:
            own["straddling"], own["straddlingWh"] = own["straddling"] + 1, own["straddlingWh"] + energy
        fresh = {"credited": [], "whole": True, "named": False, "export": [], "plant": [], "units": []}
        interval = intervals.setdefault((entry["from"], entry["to"]), fresh)
        add_reading(own, interval, reading, energy, judge(entry["index"], reading, said["verdict"]))
    need(found and all(one[1] <= two[0] for rows in map(sorted, spans.values()) for one, two in zip(rows, rows[1:])), "readings of a month")
    rows = [units[name] for name in sorted(units, key=lambda name: name.encode("utf-16-be"))]
    total, net = {name: sum(row[name] for row in rows) for name in SUMS}, interval_sums(list(intervals.values()))
    claimed = max(0, min(net["interfaceWh"] + net["terminalsWh"], total["creditedWh"]) - net["importWh"])
    return {"first": min(found), "end": max(found) + 1, "demo": demo, "net": net, "creditedNetWh": 0 if demo else claimed, "units": rows, "total": total}


def check_months(held, entries, period, judge):  # judge: (index, reading, verdict, size) to (status, credited, what persons decided)
    manifest, covered, in_force, known = held["manifest"], held["manifest"]["range"], {}, {}
    for entry in sorted((each for each in entries if each["kind"] == "month-closed"), key=lambda each: each["index"]):
        body, name = entry["body"], "closed month of entry %d: " % entry["index"]
        start, end = span_of(body["month"], body["timeZone"])
        need((entry["from"], entry["to"]) == (start, end) and 0 <= body["first"] < body["end"] <= body["size"] <= entry["index"], name + "time or run")
        need(all(named is None or 0 <= named < entry["index"] for named in (body["previous"], body["corrects"])), name + "names a later close")
        need(held["roots"].get(body["size"], b64(body["root"])) == b64(body["root"]), name + "root")
        need(body["month"] not in in_force or body["corrects"] == in_force[body["month"]]["index"], name + "a second close")
        need(all(month == body["month"] or other["to"] <= start or other["from"] >= end for month, other in in_force.items()), name + "overlaps another")
        need(body["previous"] not in known or known[body["previous"]]["to"] <= start, name + "previous")
        in_force[body["month"]] = known[entry["index"]] = entry
        if period[0] <= start and end <= period[1]:
            need(covered["from"] <= body["first"] and body["end"] <= covered["to"], name + "its readings are not in the range")
            below = [each for each in entries if each["index"] < body["size"]]
            again = month_again(body, below, manifest["origin"], lambda *row: judge(*row, size=body["size"]))
            wrong = [part for part, value in again.items() if canonical(body[part]) != canonical(value)]
            need(not wrong, name + "another %s than its entries give" % ", ".join(wrong))


PLAN = "form fromWh month monthEntry monthHash network toWh token unitWh".split()


def same_person(one, other):
    names = [unicodedata.normalize("NFKC", each["by"]).strip().lower() for each in (one, other)]
    return one["account"] == other["account"] or names[0] == names[1]


def check_mints(entries, first, leaf_of):  # entries: of the context from before the range and of the range; leaf_of: of a close's index
    closes, known, plans, until, serials, chain, began, lost = {}, set(), {}, {}, set(), True, first == 0, False
    for entry in entries:
        body, kind, index, name = entry["body"], entry["kind"], entry["index"], "mint of entry %d: " % entry["index"]
        lost |= kind in ("restore", "salvage")
        if kind == "month-closed":
            named = {body.get("previous"), body.get("corrects")} - {None}
            began, chain = began or (not closes and index >= first and not named), chain and named <= known
            known.add(index)
            closes[body["month"]] = entry
        if kind == "mint-approved":
            facts, close = {part: body[part] for part in PLAN}, closes.get(body["month"])
            need(sha(canonical(facts)).hex() == body["plan"], name + "plan")
            plan = plans.setdefault(body["plan"], {"facts": facts, "voices": [], "until": 0, "closed": None})
            if body["decision"] == "withdraw":
                plan.update(until=entry["recorded"] if len(plan["voices"]) > 1 else plan["until"], voices=[])
                continue
            need(body["role"] in ("engineer", "admin"), name + "role")
            need((close is None and body["monthEntry"] < first) or (close and close["index"] == body["monthEntry"] and leaf_of(close["index"]) == body["monthHash"]), name + "close")
            closed = sum(other["body"]["creditedNetWh"] for month, other in closes.items() if month <= body["month"])
            before = [plan["closed"]] if plan["voices"] and plan["closed"] is not None else []
            plan["closed"] = min([closed] + before) if first == 0 or (chain and close) else None
            plan["voices"] += [] if any(same_person(voice, body) for voice in plan["voices"]) else [body]
        if kind == "token-minted":
            numbers = {(body["network"], body["token"], serial) for serial in body["serials"]}
            need(body["toWh"] - body["fromWh"] == body["units"] * body["unitWh"] > 0 and body["fromWh"] >= until.get(body["network"], 0), name + "energy")
            need(len(numbers) == len(body["serials"]) == (body["units"] if body["form"] == "nft" else 0) and not numbers & serials, name + "serials")
            until[body["network"]], serials, plan = body["toWh"], serials | numbers, plans.get(body["plan"])
            if index < first or (plan is None and not began and body["plan"] is not None):
                continue
            if body["plan"] is None:
                need(first > 0 or lost, name + "no ledger was lost")
                continue
            need(plan and plan["facts"]["fromWh"] <= body["fromWh"] and body["toWh"] <= plan["facts"]["toWh"], name + "not within a plan")
            shared = set(PLAN) - {"fromWh", "toWh"} - ({"token"} if plan["facts"]["token"] is None else set())
            need(all(body[part] == plan["facts"][part] for part in shared), name + "another thing than was approved")
            need(len(plan["voices"]) > 1 or float(body["transactionId"].split("@")[1]) * 1000 <= plan["until"] or not began, name + "approvals")
            need(plan["closed"] is None or body["toWh"] <= plan["closed"], name + "more than was closed")
