"""A simulation's figures for a person. What a program reads is the JSON of the same."""

from collections.abc import Mapping
from typing import Any

GOAL = 0.912
"""Seoul, about 2011: 91.2 % of calls answered within 15 s."""


def report(result: Mapping[str, Any]) -> list[str]:
    """Lines."""
    lines = [*_calls(result), *_levels(result), *_audio(result), *_machine(result), *_books(result)]
    if "recovery" in result:
        lines += _recovery(result["recovery"])
    if "soak" in result:
        lines += _soak(result["soak"])
    return lines


def _calls(result: Mapping[str, Any]) -> list[str]:
    calls = dict(result["calls"])
    placed = calls.pop("placed")
    told = ", ".join(f"{count} {fate}" for fate, count in sorted(calls.items(), key=lambda pair: -pair[1]))
    lines = [
        f"calls       {placed} placed in {result['seconds']:.0f} s to {result['agents']} agents: {told or 'none'}"
    ]
    if result["interrupted"]:
        lines.append("            stopped early: figures so far")
    menu = result["menu"]
    lines.append(
        f"menu        by keys (RFC 4733): {menu['pressed_0']} press 0, {menu['chose_a_language']} choose a language,"
        f" {menu['pressed_nothing']} let it run to its end; prompts are short tones"
    )
    lost = result["lost"]
    lines.append(f"lost        {len(lost)} (an INVITE without a person, a queue or a true announcement)")
    lines += [
        f"            {one['number']} after {one['at']} s: SIP {one['sip']}, {one['why']}"
        for one in lost[:10]
    ]
    return lines


def _levels(result: Mapping[str, Any]) -> list[str]:
    level, waits, erlang = result["service_level"], result["waits_seconds"], result["erlang_c"]
    counted = level["answered"] + level["abandoned"]
    if not counted:
        return ["within      nobody was counted"]
    lines = []
    if result["speed"] != 1:
        lines.append(
            f"within {level['scaled_seconds']:g} s  {level['within_15_s_scaled']:.1%} of {counted}"
            f" (15 s of the centre's time at speed {result['speed']:g})"
        )
    lines.append(f"within 15 s {level['within_15_s']:.1%} of {counted} (goal {GOAL:.1%})")
    if "service_level" in erlang:
        lines.append(
            f"Erlang C    {erlang['service_level']:.1%} within {erlang['within_seconds']:g} s for what came:"
            f" {erlang['measured_load']:g} erlang of {erlang['measured_handling_seconds']:g} s handling,"
            f" {erlang['agents']} agents; ASA {erlang['mean_wait_seconds']:g} s"
        )
    if asked := result.get("asked"):
        lines.append(f"            {asked['erlang_c']:.1%} for what was asked: {asked['erlang']:g} erlang")
    if virtual := result.get("virtual"):
        lines.append(
            f"policy      {virtual['service_level']:.1%} for the same calls on a virtual clock;"
            f" its waits p99 {virtual['waits_seconds']['p99']:g} s, max {virtual['waits_seconds']['max']:g} s"
        )
    lines.append(
        f"waits       p50 {waits['p50']:g} s, p95 {waits['p95']:g} s, p99 {waits['p99']:g} s, max {waits['max']:g} s"
        f" (from the queue to the agent's answer; {level['abandoned']} gave up, {level['short_abandoned']} of them at once)"
    )
    return lines


def _audio(result: Mapping[str, Any]) -> list[str]:
    rtp = result["rtp"]
    return [
        f"audio       {rtp['packets']} packets; lost to citizens {rtp['citizens_loss']:.3%}, to agents {rtp['agents_loss']:.3%};"
        f" citizen to agent not arrived {rtp['end_to_end_missing']:.3%};"
        f" {result['audio_process'].get('dropped', 0)} packets dropped by the simulation itself",
        f"            {rtp['talks_two_way']} of {rtp['talks_checked']} talks: each heard the other's own tones;"
        f" longest a citizen heard nothing at all: {rtp['longest_silence_seconds']:g} s (the menu waits 3 s for a key)",
    ]


def _machine(result: Mapping[str, Any]) -> list[str]:
    machine = result["machine"]
    if not machine:
        return ["machine     too short to measure"]
    lines = [
        f"machine     {machine['cores']} cores, busy {machine['busy_mean']:.0%} (at most {machine['busy_max']:.0%}),"
        f" other programs' share {machine['other_programs']:.0%}; audio late {machine['audio_late_share']:.2%}"
    ]
    if machine["was_the_limit"]:
        lines.append(
            "            THE MACHINE WAS THE LIMIT: its processors were full or the simulation's own audio was late;"
            " waits and losses above say little about the centre"
        )
    lines.append("program                cores   memory    grew  descriptors (most)")
    for name, one in machine["programs"].items():
        lines.append(
            f"  {name:<19} {one['cores']:>6.3f} {one['memory_mb']:>6.0f} MB {one['memory_grew_mb']:>+6.1f}"
            f"  {one['descriptors']:>6} ({one['most_descriptors']})"
        )
    left = result["left"]
    lines.append(
        f"left over   {len(left)} channels and bridges" + "".join(f"\n            {one}" for one in left[:5])
    )
    return lines


def _books(result: Mapping[str, Any]) -> list[str]:
    books = result["books"]
    told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(books["outcomes"].items()))
    verdict = "balance" if books["balanced"] else f"DO NOT BALANCE, {len(books['differences'])} differences"
    lines = [f"books       {verdict}: {books['invites']} INVITEs = {told or 'nothing'}"]
    return lines + [f"            {one}" for one in books["differences"][:10]]


def _recovery(recovery: Mapping[str, Any]) -> list[str]:
    heard = recovery["heard_after_seconds_in_the_flash"]
    seconds = recovery["seconds"]
    return [
        f"flash       first sound after the INVITE: p50 {heard['p50']:g} s, p99 {heard['p99']:g} s, max {heard['max']:g} s",
        f"recovery    {'never within the probes' if seconds is None else f'{seconds:g} s'} after the last call"
        " (from then on every new call hears something within 2 s; goal 10 s)",
    ]


def _soak(soak: Mapping[str, Any]) -> list[str]:
    growing = ", ".join(soak["growing"])
    if soak["flat"] is None:
        lines = [
            f"soak        no verdict: {soak['why']}" + (f" (so far growing: {growing})" if growing else "")
        ]
    elif soak["flat"]:
        lines = ["soak        flat"]
    else:
        lines = [f"soak        GROWS: {growing or 'channels or bridges are left'}"]
    for name, one in soak["slopes"].items():
        per_hour = f"{one['per_hour']:+.2f} an hour (error {one['error']:.2f})"
        lines.append(f"  {name:<28} {one['from']:>8g} -> {one['to']:<8g} {per_hour}")
    return lines
