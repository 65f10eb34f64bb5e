"""Every word the terminal shows, Chinese and English. Pure."""

from datetime import datetime
from typing import Final, Literal

from core.clock import CHINA

Lang = Literal["zh", "en"]

_WORDS: Final[dict[str, tuple[str, str]]] = {
    # what is listed
    "areas": ("地区", "Areas"),
    "calls": ("通话", "Calls"),
    "seats": ("座席", "Seats"),
    # columns
    "area": ("地区", "Area"),
    "waiting": ("等待", "Wait"),
    "longest": ("最长等待", "Longest"),
    "in_15": ("15秒接听", "In 15 s"),
    "connect": ("接通率", "Connect"),
    "longest_short": ("最长", "Max"),
    "in_15_short": ("15秒", "15s"),
    "connect_short": ("接通", "Conn"),
    "offered": ("今日来电", "Today"),
    "free": ("空闲", "Free"),
    "ringing_n": ("振铃", "Ring"),
    "talking_n": ("通话", "Talk"),
    "paused_n": ("小休", "Pause"),
    "offline_n": ("离线", "Off"),
    "linkedid": ("通话号", "Call"),
    "number": ("来电号码", "Caller"),
    "name": ("姓名", "Name"),
    "why": ("依据", "Why"),
    "state": ("状态", "State"),
    "seat": ("座席", "Seat"),
    "timer": ("时长", "For"),
    "wait": ("等待", "Waited"),
    "total": ("总时长", "Total"),
    "transcript": ("来电人说", "Says"),
    "reason": ("原因", "Reason"),
    "call": ("来电人", "Caller"),
    "started": ("开始", "Started"),
    "origin": ("来源", "From"),
    "from_trunk": ("来电", "caller"),
    "from_seat": ("座席", "seat"),
    "from_callback": ("回拨", "callback"),
    "from_platform": ("平台", "platform"),
    "outcome": ("结果", "Outcome"),
    "talked": ("通话", "Talked"),
    "ended_by": ("挂机方", "Ended by"),
    "at": ("时间", "At"),
    "user": ("用户", "User"),
    "verb": ("动作", "Act"),
    "kind": ("记录", "Row"),
    "target": ("对象", "Target"),
    "detail": ("说明", "Detail"),
    "supervision_id": ("督导编号", "Supervision"),
    "until": ("结束", "Until"),
    "seq": ("序号", "No."),
    "queue": ("队列", "Queue"),
    "recording": ("录音", "Recording"),
    "card": ("政策卡", "policy card"),
    "rings": ("选席理由", "Seats rung, and why"),
    "said_by_caller": ("来电人:", "caller:"),
    "said_by_hotline": ("热线:", "hotline:"),
    "moves": ("转接", "moves"),
    "legs": ("参与方", "Legs"),
    "held": ("保持", "held"),
    "up": ("接通", "up"),
    "all": ("全省", "All"),
    "ended": ("已结束", "ended"),
    "differences": ("差异", "differences"),
    # states
    "menu": ("语音", "menu"),
    "ringing": ("振铃", "ringing"),
    "talking": ("通话", "talking"),
    "offline": ("离线", "offline"),
    "ready": ("空闲", "ready"),
    "wrap_up": ("整理", "wrap-up"),
    "paused": ("小休", "paused"),
    "logged_out": ("已签退", "logged out"),
    # why a seat is paused
    "lunch": ("午休", "lunch"),
    "training": ("培训", "training"),
    "meeting": ("会议", "meeting"),
    "restroom": ("暂离", "restroom"),
    "paperwork": ("整理资料", "paperwork"),
    "other": ("其他", "other"),
    "wrap_up_more": ("延长整理", "more time"),
    "home": ("居家", "home"),
    # what supervisors are told
    "alert_no_answer": ("座席 {seat} 两次未接，已小休", "seat {seat} let it ring twice and is paused"),
    "alert_lost": ("座席 {seat} 通话中掉线，来电人回到队首", "seat {seat} was lost in a call; its caller goes first"),
    "alert_pin": ("座席 {seat} 居家密码连续输错", "seat {seat}: wrong PINs in a row"),
    "supervision": ("督导中", "supervising"),
    # roles
    "province_supervisor": ("省级督导", "province supervisor"),
    "city_supervisor": ("市级督导", "city supervisor"),
    "auditor": ("审计", "auditor"),
    # acts
    "listen": ("监听", "listen"),
    "whisper": ("耳语", "whisper"),
    "barge": ("强插", "barge"),
    "takeover": ("接管", "take over"),
    "hangup": ("挂断", "hang up"),
    "move": ("转移", "move"),
    "pause": ("小休", "pause"),
    "unpause": ("恢复", "unpause"),
    "logout": ("签退", "log out"),
    "log-in": ("签入", "log in"),
    "log-out": ("签退", "log out"),
    "wrap-up": ("延长整理", "more time to write up"),
    "hours": ("工作时间", "hours"),
    "transfer": ("转接", "transfer"),
    "consult": ("咨询", "consult"),
    "threeway": ("三方通话", "three-way"),
    "hold": ("保持", "hold"),
    "unhold": ("恢复通话", "unhold"),
    "complete": ("完成转接", "complete"),
    "cancel": ("取回来电", "cancel"),
    "adviser": ("举手：耳语", "raise hand: adviser"),
    "raise-hand": ("举手", "raise hand"),
    "third": ("举手：三方", "raise hand: third"),
    "leave": ("结束督导", "leave"),
    # what else a role may do
    "own": ("本人账号", "own account"),
    "see": ("实时看板", "live picture"),
    "numbers": ("完整号码", "full numbers"),
    "history": ("通话记录", "history"),
    "audit": ("督导记录", "audit"),
    "story": ("来电人说", "what a caller said"),
    "supervised": ("谁督导过座席", "who supervised a seat"),
    "figures": ("统计", "figures"),
    "callbacks": ("回拨与留言", "callbacks"),
    "tasks": ("座席的留言", "messages given to a seat"),
    "follow_up": ("办理回拨与留言", "follow up"),
    # outcomes
    "answered": ("已接通", "answered"),
    "self_served": ("自助办结", "self-served"),
    "message_left": ("已留言", "message left"),
    "callback_booked": ("已约回拨", "callback booked"),
    "abandoned_in_menu": ("语音中放弃", "abandoned in menu"),
    "abandoned_in_queue": ("排队中放弃", "abandoned in queue"),
    "not_reached": ("回拨未接通", "not reached"),
    "told_and_ended": ("告知后结束", "told and ended"),
    "failed": ("失败", "failed"),
    "interrupted": ("中断", "interrupted"),
    # what an audit row says
    "asked": ("已准许", "asked"),
    "refused": ("已拒绝", "refused"),
    "done": ("已执行", "done"),
    "followed": ("跟随", "followed"),
    "started_": ("开始", "started"),
    "stopped": ("停止", "stopped"),
    "unchanged": ("未变", "unchanged"),
    # who hung up, how a leg went
    "caller": ("来电人", "caller"),
    "platform": ("平台", "platform"),
    "unknown": ("不明", "unknown"),
    "busy": ("忙", "busy"),
    "taken_elsewhere": ("他人先接", "taken elsewhere"),
    "unreachable": ("无法接通", "unreachable"),
    "no_answer": ("未应答", "no answer"),
    # sentences
    "stale": ("数据自 {since} 起未更新", "not updated since {since}"),
    "no_link": ("与平台的连接已断,正在重连:{why}", "cut off, connecting again: {why}"),
    "connecting": ("正在连接 {server} …", "connecting to {server} …"),
    "filter": ("筛选", "filter"),
    "sorted": ("排序", "sorted by"),
    "running": ("正在{verb} {target}(e 结束)", "{verb} {target} (e leaves)"),
    "act_done": ("{verb} {target}:已执行,编号 {id}", "{verb} {target}: done, id {id}"),
    "left": ("已结束督导 {id}", "supervision {id} is over"),
    "your_phone": ("您的话机 {phone} 将振铃", "your phone {phone} will ring"),
    "no_phone": ("您没有话机,不能{verb}", "you have no phone to {verb} with"),
    "no_board": (
        "座席没有看板;谁督导过您:call-monitor supervisions",
        "a seat has no board; who supervised you: call-monitor supervisions",
    ),
    "may_not": ("您的角色不能{verb}", "your role may not {verb}"),
    "pick_call": ("先选一个通话", "choose a call first"),
    "pick_seat": ("先选一个座席", "choose a seat first"),
    "no_running": ("没有正在进行的督导", "no supervision is running"),
    "e_postgres_away": ("数据库没有应答,不能记录,所以没有执行", "Postgres does not answer, so nothing was done"),
    "e_not_there": ("对象已不在", "it is not there any more"),
    "e_role": ("您的角色无权", "your role may not"),
    "e_area": ("不属于您的地区", "it is not of your area"),
    "e_phone": ("您没有话机", "you have no phone"),
    "e_seat": ("不是您的座席", "it is not your seat"),
    "e_refused": ("被拒绝", "refused"),
    "e_cannot_act": ("交换机没有执行", "Asterisk did not do it"),
    "ask_reason": ("原因(可空,记入督导记录)", "why (may be empty; kept in the audit rows)"),
    "ask_to": ("转到:座席号或地区名", "to: a seat's number or an area"),
    "go_back": ("回车 执行 · Esc 取消", "Enter does it · Esc does not"),
    "close": ("Esc 关闭", "Esc closes"),
    "gone": ("它已不在", "it has gone"),
    "nothing": ("(无)", "(none)"),
    "intact": ("督导记录完整:{rows} 条,链未断", "the audit rows are whole: {rows} rows, the chain holds"),
    "broken": ("督导记录已被改动:{rows} 条", "the audit rows were tampered with: {rows} rows"),
}  # fmt: skip


class Words:
    """The words of one language."""

    def __init__(self, lang: Lang = "zh") -> None:
        self.lang: Lang = lang
        self._place = 0 if lang == "zh" else 1

    def __call__(self, key: str, **values: object) -> str:
        """The word of `key`; a key that has none is shown as it is."""
        both = _WORDS.get(key)
        if both is None:
            return key
        return both[self._place].format(**values) if values else both[self._place]


def reason_of(error: Exception, words: Words) -> str:
    """Why something was not done: in the user's language where the API's code has a word, and as the API said it."""
    code, reason = getattr(error, "code", ""), getattr(error, "reason", str(error))
    told = words(f"e_{code}")
    if told == f"e_{code}" or words.lang == "en":
        return str(reason)
    return f"{told}:{reason}" if code in {"refused", "cannot_act"} else told


def detail_of(detail: str, words: Words) -> str:
    """What an audit row says beside its act: a refusal's `code: sentence` by the word of its code."""
    told = words(f"e_{detail.partition(':')[0]}")
    return detail if words.lang == "en" or told.startswith("e_") else told


def span(seconds: float) -> str:
    """`0:07`, `12:34`, `1:02:03`; never negative."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, second = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{second:02}" if hours else f"{minutes}:{second:02}"


def share(value: float | None) -> str:
    """`98.1%`, `100%`; `-` for none."""
    if value is None:
        return "-"
    return "100%" if value >= 1 else f"{value * 100:.1f}%"


def clock_time(moment: datetime) -> str:
    """`09:00:00`, China's time."""
    return moment.astimezone(CHINA).strftime("%H:%M:%S")


def day_time(moment: datetime | None) -> str:
    """`11-22 09:00:00`, China's time; `-` for none."""
    return moment.astimezone(CHINA).strftime("%m-%d %H:%M:%S") if moment else "-"
