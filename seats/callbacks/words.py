"""What callbacks and messages are called where people read of them."""

STATES = {
    "asked": "等待回拨",
    "due": "待再次回拨",
    "dialling_seat": "呼叫座席",
    "dialling_caller": "呼叫来电人",
    "talking": "通话中",
    "returned": "来电人已再次拨入",
    "done": "已完成",
    "failed": "未接通",
    "expired": "已过期",
    "taken_back": "已接听",
    "cancelled": "已取消",
}
WHYS = {
    "waiting": "排队转回拨",
    "appointment": "预约",
    "abandoned": "放弃的来电",
    "asterisk_died": "中断的来电",
    "message": "留言",
    "correction": "答复更正",
    "low_rating": "低评价",
    "ai_unresolved": "语音未解决",
    "order": "工单答复",
}
MESSAGE_STATES = {"new": "新", "assigned": "已分派", "calling": "已安排回拨", "closed": "已办结"}
_RESULTS = {
    "talked": "已通话",
    "answered": "来电已接听",
    "busy": "占线",
    "no_answer": "无人接听",
    "refused": "被拒绝",
    "carrier_unreachable": "线路不通",
    "seat_hung_up": "座席先挂断",
    "cut_off": "通话中断",
    "interrupted": "呼叫中断",
    "unknown": "未知",
    "no_seat": "座席未接",
    "timeout": "座席未接",
    "joinempty": "无座席在线",
    "leaveempty": "无座席在线",
    "not_done": "未能呼叫",
}


def result(text: str) -> str:
    """How the last try went, or what a person wrote."""
    return _RESULTS.get(text, text)
