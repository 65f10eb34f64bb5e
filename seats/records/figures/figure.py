"""One row of figures, and the Chinese word and unit of each. Pure; what each means stands in `calls_v1.sql`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from core.ids import AreaId

VERSION: Final = 1
"""Of the definitions: `calls_v<VERSION>.sql`."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of one group of calls. Counts are of calls, rates from 0 to 1, times milliseconds; None: nothing to
    divide by."""

    whole: bool
    """Every group together."""
    area: AreaId | None
    """None: not told apart by area; empty: calls that ended before their area was decided."""
    begins_at: datetime | None
    """Of the half-hour or day, UTC; None: not told apart by time."""
    offered: int
    self_served: int
    wanted: int
    queued: int
    answered: int
    answered_by_own: int
    answered_by_others: int
    answered_for_others: int
    connect_rate: float | None
    connect_rate_net: float | None
    answered_in_15: int
    service_level: float | None
    service_level_net: float | None
    abandoned_in_menu: int
    abandoned_in_queue: int
    abandoned: int
    short_abandoned: int
    abandon_rate: float | None
    abandon_rate_net: float | None
    told_and_ended: int
    message_left: int
    callback_booked: int
    failed: int
    interrupted: int
    messages_dealt: int
    messages_in_time: int
    callbacks_owed: int
    callbacks_made: int
    callbacks_in_time: int
    appointments: int
    appointments_kept: int
    rating_asked: int
    rated: int
    satisfied: int
    response_rate: float | None
    satisfaction: float | None
    spoken_with: int
    voice_to_human: int
    called_again: int
    voice_resolved: int
    ai_share: float | None
    moved: int
    brought_in_city: int
    brought_in_province: int
    hands_raised: int
    hands_taken: int
    help_mean_ms: int | None
    wait_mean_ms: int | None
    wait_p50_ms: int | None
    wait_p95_ms: int | None
    abandoned_after_mean_ms: int | None
    talk_mean_ms: int | None
    talk_p50_ms: int | None
    talk_p95_ms: int | None


@dataclass(frozen=True, slots=True)
class Word:
    """How a figure is shown to people."""

    chinese: str
    english: str
    unit: Literal["count", "rate", "time"]


WORDS: Final[dict[str, Word]] = {
    "offered": Word("呼入量", "offered", "count"),
    "self_served": Word("自助解决量", "self-served", "count"),
    "wanted": Word("人工需求量", "wanted a seat", "count"),
    "queued": Word("排队量", "queued", "count"),
    "answered": Word("接通量", "answered", "count"),
    "answered_by_own": Word("本地接听量", "answered by own seats", "count"),
    "answered_by_others": Word("外地代接量", "answered by other areas", "count"),
    "answered_for_others": Word("代接外地量", "answered for other areas", "count"),
    "connect_rate": Word("接通率", "connect rate", "rate"),
    "connect_rate_net": Word("接通率(不含短时放弃)", "connect rate, short abandons out", "rate"),
    "answered_in_15": Word("15秒内接通量", "answered in 15 s", "count"),
    "service_level": Word("15秒接通率", "answered in 15 s, rate", "rate"),
    "service_level_net": Word("15秒接通率(不含短时放弃)", "answered in 15 s, rate, short abandons out", "rate"),
    "abandoned_in_menu": Word("菜单放弃量", "abandoned in menu", "count"),
    "abandoned_in_queue": Word("排队放弃量", "abandoned in queue", "count"),
    "abandoned": Word("放弃量", "abandoned", "count"),
    "short_abandoned": Word("短时放弃量", "short abandons", "count"),
    "abandon_rate": Word("放弃率", "abandon rate", "rate"),
    "abandon_rate_net": Word("放弃率(不含短时放弃)", "abandon rate, short abandons out", "rate"),
    "told_and_ended": Word("告知后结束量", "told and ended", "count"),
    "message_left": Word("留言量", "messages", "count"),
    "callback_booked": Word("预约回拨量", "callbacks booked", "count"),
    "failed": Word("失败量", "failed", "count"),
    "interrupted": Word("中断量", "interrupted", "count"),
    "messages_dealt": Word("留言办结量", "messages dealt with", "count"),
    "messages_in_time": Word("留言24小时办结量", "messages dealt with in 24 h", "count"),
    "callbacks_owed": Word("应回拨量", "callbacks owed", "count"),
    "callbacks_made": Word("回拨完成量", "callbacks made", "count"),
    "callbacks_in_time": Word("两小时内回拨量", "callbacks made in 2 h", "count"),
    "appointments": Word("预约量", "appointments", "count"),
    "appointments_kept": Word("履约量", "appointments kept", "count"),
    "rating_asked": Word("请评量", "asked to rate", "count"),
    "rated": Word("评价量", "rated", "count"),
    "satisfied": Word("满意量", "satisfied", "count"),
    "response_rate": Word("参评率", "response rate", "rate"),
    "satisfaction": Word("满意率", "satisfaction", "rate"),
    "spoken_with": Word("语音接待量", "spoken with by voice", "count"),
    "voice_to_human": Word("语音转人工量", "from voice to a person", "count"),
    "called_again": Word("两小时内再来电量", "called again in 2 h", "count"),
    "voice_resolved": Word("语音解决量", "resolved by voice", "count"),
    "ai_share": Word("智能解决占比", "AI share", "rate"),
    "moved": Word("转接量", "moved to another seat", "count"),
    "brought_in_city": Word("省内跨市求助量", "seats of another city brought in", "count"),
    "brought_in_province": Word("求助省中心量", "province seats brought in", "count"),
    "hands_raised": Word("举手量", "hands raised", "count"),
    "hands_taken": Word("举手应答量", "hands taken", "count"),
    "help_mean_ms": Word("平均应助时长", "mean time to help", "time"),
    "wait_mean_ms": Word("平均等待时长", "mean wait", "time"),
    "wait_p50_ms": Word("等待时长中位数", "median wait", "time"),
    "wait_p95_ms": Word("等待时长95分位", "95th percentile of wait", "time"),
    "abandoned_after_mean_ms": Word("平均放弃前时长", "mean time to abandon", "time"),
    "talk_mean_ms": Word("平均通话时长", "mean talk", "time"),
    "talk_p50_ms": Word("通话时长中位数", "median talk", "time"),
    "talk_p95_ms": Word("通话时长95分位", "95th percentile of talk", "time"),
}
"""Every figure, in the order it is shown."""
