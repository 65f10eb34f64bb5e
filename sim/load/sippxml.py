"""SIPp scenarios: callers who wait until somebody ends the call, seats who answer and talk, registrations.

Each writes a line for what happens: `word;caller's number;…;moment`. A caller whose patience is gone is told so by an
INFO with its Call-ID, sent by us to SIPp alone: SIPp cannot know whether a seat has answered.
"""

import math
from collections.abc import Iterable

from sim.load.plan import SeatsPlan, Spread

_AUTH = (401, 407)
_REFUSALS = (
    *(300, 301, 302, 305, 380, *range(400, 407), 408, 410, *range(412, 418), *range(420, 425), *range(428, 431)),
    *(433, *range(436, 441), 469, 470, *range(480, 490), 491, 493, 494),
    *(*range(500, 506), 513, 580, 600, 603, 604, 606, 607, 608),
)
_NO_REPLY_MS = 10_000
"""A caller who has heard nothing at all for so long hangs up the receiver."""
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE scenario SYSTEM "sipp.dtd">\n'
_SDP = """v=0
o=- 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [auto_media_port] RTP/AVP 8 101
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
a=ptime:20
"""
_ACCEPTED = f"""<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

{_SDP}]]></send>"""
"""The answer to an offer within the call: a system that lets media flow past it asks for that."""


def caller(speech: str) -> str:
    """Field of its CSV: number. It dials `-s`, says an A-law file once, ends when told or when the other side does.

    The speech matters: Asterisk's `Answer()` waits half a second for the first media of a caller who sends none.
    """
    return f"""{_HEAD}<scenario name="caller">
<nop>{_log("dials;[field0];[call_id]")}</nop>
<send retrans="500" start_rtd="1"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
{_request("INVITE", 1, to_tag=False)}Contact: <sip:[field0]@[local_ip]:[local_port]>
Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, INFO
Content-Type: application/sdp
Content-Length: [len]

{_SDP}]]></send>
<recv response="100" optional="true" timeout="{_NO_REPLY_MS}" ontimeout="silent"></recv>
<recv response="180" optional="true"></recv>
<recv response="181" optional="true"></recv>
<recv response="182" optional="true"></recv>
<recv response="183" optional="true"></recv>
{_refusals(_REFUSALS, "refused")}
<recv response="200" rtd="1" rrs="true">{_log("answered;[field0];200")}</recv>
<send><![CDATA[
ACK [next_url] SIP/2.0
{_request("ACK", 1)}Content-Length: 0

]]></send>
<nop><action><exec rtp_stream="{speech},1,8"/></action></nop>
<label id="waits"/>
<recv request="INFO" optional="true" next="leave"></recv>
<recv request="INVITE" optional="true" next="asked"></recv>
<recv request="BYE">{_log("ended;[field0];far")}</recv>
<send next="over"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
<label id="asked"/>
{_ACCEPTED}
<recv request="INFO" optional="true" next="leave"></recv>
<recv request="ACK" next="waits"></recv>
<label id="leave"/>
<nop>{_log("ended;[field0];here")}</nop>
<send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
{_request("BYE", 2)}Content-Length: 0

]]></send>
<recv request="BYE" optional="true" next="over"></recv>
<recv response="481" optional="true" next="over"></recv>
<recv response="200" next="over"></recv>
<label id="refused"/>
<send next="over"><![CDATA[
ACK sip:[service]@[remote_ip]:[remote_port] SIP/2.0
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
<label id="silent"/>
<nop>{_log("silent;[field0];")}</nop>
<label id="over"/>
<nop></nop>
</scenario>
"""


def seats(plan: SeatsPlan, speech: str) -> str:
    """Seats of one port. `speech` is an A-law file they say while they talk; empty: they are silent."""
    talk = f'<nop><action><exec rtp_stream="{speech},-1,8"/></action></nop>' if speech else ""
    # A caller who gives up while the seat rings or talks: looked for at any time (SIPp searches backwards).
    return f"""{_HEAD}<scenario name="seats">
<recv request="CANCEL" optional="global" next="cancelled"></recv>
<recv request="BYE" optional="global" next="left"></recv>
<recv request="INVITE" rrs="true"><action>
<ereg regexp="sips?:([^@;>]*)@" search_in="hdr" header="From:" check_it="false" assign_to="1,2"/>
<ereg regexp="INVITE sip:([^@;]*)@" search_in="msg" check_it="false" assign_to="3,4"/>
<log message="rings;[$2];[$4];[timestamp]"/>
<sample assign_to="6" distribution="uniform" min="0" max="100"/>
<test assign_to="7" variable="6" compare="less_than" value="{plan.declines * 100:g}"/>
<test assign_to="8" variable="6" compare="greater_than" value="{100 - plan.no_answer * 100:g}"/>
</action></recv>
<nop next="declines" test="7"></nop>
<send><![CDATA[
SIP/2.0 180 Ringing
{_reply()}Contact: <sip:[local_ip]:[local_port]>
Content-Length: 0

]]></send>
<nop next="rings" test="8"></nop>
{_pause(plan.answer_after)}
<send retrans="500"><![CDATA[
SIP/2.0 200 OK
{_reply()}Contact: <sip:[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

{_SDP}]]></send>
<recv request="INVITE" optional="global" next="asked"></recv>
<recv request="ACK"><action>
<ereg regexp=".*" search_in="hdr" header="From:" check_it="false" assign_to="10"/>
<ereg regexp=".*" search_in="hdr" header="To:" check_it="false" assign_to="11"/>
<log message="talks;[$2];[$4];[timestamp]"/>
</action></recv>
{talk}
<label id="talks"/>
{_pause(plan.talk)}
<nop>{_log("done;[$2];[$4]")}</nop>
<send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: [$11]
To: [$10]
Call-ID: [call_id]
CSeq: 1 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="481" optional="true" next="over"></recv>
<recv response="200" next="over"></recv>
<label id="asked"/>
{_ACCEPTED}
<recv request="ACK" next="talks"></recv>
<label id="declines"/>
<send next="acked"><![CDATA[
SIP/2.0 486 Busy Here
{_reply()}Content-Length: 0

]]></send>
<label id="left"/>
<send next="over"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
<label id="rings"/>
<recv request="CANCEL"></recv>
<label id="cancelled"/>
<send><![CDATA[
SIP/2.0 200 OK
{_reply()}Content-Length: 0

]]></send>
<send next="acked"><![CDATA[
SIP/2.0 487 Request Terminated
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
CSeq: [last_cseq_number] INVITE
Content-Length: 0

]]></send>
<label id="acked"/>
<recv request="ACK"></recv>
<label id="over"/>
<nop></nop>
<Reference variables="1,3"/>
</scenario>
"""


def registration(contact: str, seconds: int) -> str:
    """Fields of its CSV: seat number, `[authentication …]`. The contact's host and port are where the seats are."""
    answered = f'<recv response="200" next="over">{_log("registered;[field0];200")}</recv>'
    again = "".join(f'<recv response="{code}" auth="true" optional="true" next="again"></recv>\n' for code in _AUTH)
    return f"""{_HEAD}<scenario name="registration">
{_register(contact, seconds, 1, "")}
<recv response="100" optional="true"></recv>
{again}{_refusals([code for code in _REFUSALS if code not in _AUTH], "over")}
{answered}
<label id="again"/>
{_register(contact, seconds, 2, "[field1]" + chr(10))}
<recv response="100" optional="true"></recv>
{_refusals(_REFUSALS, "over")}
{answered}
<label id="over"/>
<nop></nop>
</scenario>
"""


def _refusals(codes: Iterable[int], then: str) -> str:
    return "\n".join(
        f'<recv response="{code}" optional="true" next="{then}">{_log(f"refused;[field0];{code}")}</recv>'
        for code in codes
    )


def _register(contact: str, seconds: int, cseq: int, credentials: str) -> str:
    return f"""<send retrans="500"><![CDATA[
REGISTER sip:[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@[remote_ip]>;tag=[pid]R[call_number]
To: <sip:[field0]@[remote_ip]>
Call-ID: [call_id]
CSeq: {cseq} REGISTER
Contact: <sip:[field0]@{contact}>
{credentials}Max-Forwards: 70
Expires: {seconds}
Content-Length: 0

]]></send>"""


def _request(method: str, cseq: int, *, to_tag: bool = True) -> str:
    return (
        "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n"
        "From: <sip:[field0]@[local_ip]:[local_port]>;tag=[pid]C[call_number]\n"
        f"To: <sip:[service]@[remote_ip]:[remote_port]>{'[peer_tag_param]' if to_tag else ''}\n"
        f"Call-ID: [call_id]\nCSeq: {cseq} {method}\nMax-Forwards: 70\n"
    )


def _reply() -> str:
    return "[last_Via:]\n[last_From:]\n[last_To:];tag=[pid]S[call_number]\n[last_Call-ID:]\n[last_CSeq:]\n"


def _log(text: str) -> str:
    return f'<action><log message="{text};[timestamp]"/></action>'


def _pause(spread: Spread) -> str:
    mean = max(1, round(spread.mean * 1000))
    match spread.shape:
        case "uniform":
            return f'<pause distribution="uniform" min="0" max="{2 * mean}"/>'
        case "exponential":
            return f'<pause distribution="exponential" mean="{mean}"/>'
        case "lognormal":
            # SIPp takes the logarithm's own mean and deviation.
            return f'<pause distribution="lognormal" mean="{math.log(mean) - 0.125:.4f}" stdev="0.5"/>'
    return f'<pause milliseconds="{mean}"/>'
