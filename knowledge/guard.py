"""Rules that go before any ranking: a caller who wants a person, and words of matters we do not cover. Pure."""

import re

from knowledge.entry import Entry, Library
from knowledge.normalize import normalize
from knowledge.syllables import SyllableTable

_NOT_LABOUR = (
    "(?!智能|费|成本|工资|降雨|湖|审|调整|养殖|种植|林|核定|干预|支出|票|的钱|劳务|干活|"
    "公司|中心|外包|部|岗|系统|的?态度|几点)"
)
_STAFF = "(?:人工|真人|活人|接线[员生的]|话务员|客服|坐席|座席)" + _NOT_LABOUR
_PEOPLE = (
    f"(?:{_STAFF}|工作人员|税务(?:人员|干部)|税务局的?人|你们的?人|值班的?人?员?|专[员人家]|领导|老师|同志|同事|咨询员|后台|"
    "(?:明白|正常|管事的?|懂的?|会的?|说话的|能做主的)人|会说话的|懂行的|懂业务的|明白的)"
)
_BRING = "(?:有没有|转|接|找|叫|换|喊|来|派|要|联系|安排|呼叫|连线|直接|让|请|跟|和|同|给我|问)"
_LINK = "(?:我|一下|下|个|位|一|到|给|成|至|通|接|你们|咱们|那边|过去|真正的?|具体的?|其他的?|想|说|把|去)*"

_STRONG = re.compile(
    f"(?:转|接|找|要|换|叫|来|跟|和)(?:接|到|成|至|通|一?个|一?位|一下|给|你们的?|我)*{_STAFF}|^(?:{_STAFF})+$|人工(?:服务|客服|坐席|台)$"
    "|人工(?:来|帮我|给我)?(?:咨询|解答|回答|协助|帮助|帮忙|处理一?下)(?!费|机构|公司|服务费)"
    "|(?:找|叫|换|转|派|来)(?:成|个|一个|位|一位)?(?:真|活|懂的?|会的?|明白)?人(?:来|过来)?(?:给|跟|和|帮)我?(?:说|讲|解释|解答|聊|谈)"
    "|(?:叫|喊)个?人(?:来|接|过来)*$"
)
"""Says so even in the midst of a tax question: 「发票的事说不清,给我转人工」."""

_ALONE = re.compile(
    f"(?:我|就|只|想|先|快点?|直接|请|给|帮|麻烦|还是|要|转|接|找|叫|换)*{_PEOPLE}(?:吧|呢|呗|了|谢谢|快点?|在不在|在吗|在哪里?|有吗|有没有|服务|客服|台|坐席)*"
)
_BROUGHT = re.compile(f"{_BRING}{_LINK}{_PEOPLE}")
"""A verb of bringing, then one of the staff: 「请安排一个客服」「和工作人员说」."""

_TALK = "(?:说|讲|聊|谈|通话|接|听|解答|回答|沟通|对话|交流|答|解释)"
_SPEAK = re.compile(
    "(?:要|想|跟|和|同|找|叫|换|让|来|有没有|给我)(?:个|一个|位|真|活|别的|你们|懂|会|正常|能|我|的)*(?:人类?|真的)"
    f"(?:来|能|可以|给我|跟我|和我|帮我|直接|出来|一下|好好)*{_TALK}"
)
"""Somebody who speaks: 「找个人跟我说」「让人来接电话」."""

_TIRED = re.compile(
    "(?:不想|不要|不跟|别跟|不愿意?|讨厌|烦)(?:再|跟|和|同|听|要|你|这个|个|们|对着)*(?:机器|录音|自动|语音|电脑|智能|ai)"
    "|别(?:再|跟|和|对|给)*我?(?:说|讲|念|啰嗦|废话|播放?)(?:这些|那些|了|这个|没用的)|(?:别|不要|不用)(?:再)?(?:说|讲|念|播|啰嗦)了|别机器人|机器人?(?:我)?不要|不要机器|答非所问|(?:^|我|就)要人$"
    "|(?:跟|和)(?:你|这?个?机器人?)(?:说|讲|聊)不(?:清|明白|通|来|下去)|机器(?:人)?(?:说|讲|听|不行|没用)"
    "|(?:听不(?:懂|清|明白)|不懂|不会弄|说不清|讲不清|不明白).*(?:转|换|找|叫|来).{0,3}人|(?:不懂|听不懂|没用|不行).{0,4}(?:转|换|找)(?:人|过去)"
)
"""Tired of the machine: 「不想跟机器说话」「别跟我说这些了」."""

_PASS_ON = re.compile(
    ".*(?:把)?电话(?:给|转给|转到).{0,6}人|"
    "(?:给我|帮我|麻烦|请|快|直接|你|再)*(?:转|接)(?:过去|出去|走|一下|接|个人|人|给人|别人|吧|呗)+|.*(?:给我|帮我)转(?:接)?过去.*"
)
_SOMEBODY = re.compile(
    "(?:.{0,8}(?:让|叫|找|要|换|把).{1,10}(?:接电话|接个电话|听电话|来听|接一下|来接|叫过来|叫来|请出来))(?:吧|行吗|可以吗|好吗|吗)*|"
    "(?:有|有没有)个?人(?:能|可以|来)*(?:帮|给)我?(?:看|说|讲|弄|查|问|解答|解释)(?:看|说|一下)*(?:吗|没有|不)?|(?:.*[^个])?(?:换|来|找|叫|转|接|喊|派)(?:一)?(?:个|位)?(?:人|活的|真的|懂的|会的|别人)(?:来|吧|行吗|行不行|过来|听电话|接电话|接|呢|吗|可以吗|谢谢|我)*"
    "|(?:喂)?(?:那边|你们)?(?:有|有没有)(?:个)?(?:人|真人|活人)(?:在|能|可以)*(?:吗|接吗|接电话吗?|没有?|接听吗?|管吗?)?|人呢"
)
_HOURS = re.compile(
    "几点|什么时候|多久|时间|时段|上班|下班|周末|周[一二三四五六日天]|星期|礼拜|节假日|晚上|中午|早上|夜里|放假|休息|24小时|多长"
)
_MATTER = re.compile(
    "(?<!懂)税(?!务局的?(?:人|工作|同志|老师|领导|干部|专家)|务(?:人员|工作|干部|专家|老师|同志))|票|抵扣|优惠|申报|社保|医保|办税员|财务|法人|会计|工资|注销|代账|代办|代开|汇算|实名|扣除|额度|公司|企业|入账|报销|"
    "费用|态度|意见|骂|刷脸|照片|投诉|举报|反映|上门|检查|稽查|约谈|讲课|讲座|外包|机器设备|机器人的|合伙|转账|转让|转出|身份证|验证码|短信|链接|密码|预约|房|车|贷款|养老|(?<!浪)费(?!话)|扣|成本|劳务|占比|%|孩子|合同|诈骗|告他|冒"
)


_SHORT = 16
"""Characters up to which a mere mention of the staff, or of another person to be had, is a wish and nothing else."""
_NAMED = re.compile(f"{_STAFF}|工作人员|税务人员|专业人员|业务人员")
_ANYBODY = re.compile(
    "(?:换|转|找|叫|来|派|喊|请|安排|要和|想和|要跟|想跟)(?:成|到|个|一个|位|别的?|真的?|其他|你们的?|给)*人(?!工|名|家|员|事|民|骗|登)|没有人|有人吗|(?:能|会|懂).{0,4}的人|转出去"
)
_ELSEWHERE = re.compile("微信|在线|网上|网页|智能|机器人公司|自助|哪里找|怎么找|电话是多少|号码")
"""Staff of another channel: a question about it, not a wish."""


_BY_SOUND = (
    *("转人工", "接人工", "找人工", "要人工", "换人工", "叫人工", "人工服务", "人工客服", "人工座席", "人工台"),
    *("找个人", "换个人", "叫个人", "来个人", "跟人说", "给我接人", "有没有人", "接电话", "个客服", "位客服"),
    *("接坐席", "要坐席", "找坐席", "值班人员", "值班老师", "税务干部", "税务人员", "换真人", "找真人"),
    *("转客服", "找客服", "接客服", "要客服", "转坐席", "工作人员", "接线员", "话务员"),
)
"""Misheard by as much as every character, these are still what was said: nothing else in these matters sounds so."""


class Guard:
    """The rules, with the words of one library; `sounds` lets them see through misheard characters."""

    def __init__(self, library: Library, sounds: SyllableTable | None = None) -> None:
        self._sounds = sounds
        self._by_sound = {self._sound(phrase): phrase for phrase in _BY_SOUND} if sounds else {}
        self._handover = frozenset(map(normalize, library.handover))
        self._foreign = tuple(map(normalize, library.foreign_terms))
        said: dict[str, str] = {}
        for entry in library.entries:
            said[entry.id] = normalized_text(said.get(entry.id, ""), entry)
        self._said = said

    def wants_person(self, text: str) -> str:
        """Why normalised `text` is a request for a person, or an empty string."""
        return self._wants(text) or (self._wants(heard) if (heard := self._as_meant(text)) != text else "")

    def _wants(self, text: str) -> str:
        if text in self._handover:
            return "asked for a person"
        if _HOURS.search(text):
            return ""
        if _STRONG.search(text):
            return "asked for a person"
        if _MATTER.search(text):
            return ""
        if _PASS_ON.fullmatch(text):
            return "asked to be put through"
        if any(rule.search(text) for rule in (_BROUGHT, _SPEAK)) or any(
            rule.fullmatch(text) for rule in (_ALONE, _SOMEBODY)
        ):
            return "asked for a person"
        if len(text) <= _SHORT and not _ELSEWHERE.search(text) and (_NAMED.search(text) or _ANYBODY.search(text)):
            return "spoke of a person"
        return "tired of the machine" if _TIRED.search(text) else ""

    def _as_meant(self, text: str) -> str:
        """`text` with what sounds like one of the staff's names written so: 「专人公」 is 转人工."""
        if not self._by_sound:
            return text
        sounds = self._sound(text)
        for sound, phrase in self._by_sound.items():
            for place in range(len(sounds) - len(sound) + 1):
                if sounds[place : place + len(sound)] == sound:
                    text = text[:place] + phrase + text[place + len(phrase) :]
        return text

    def _sound(self, text: str) -> tuple[int, ...]:
        if self._sounds is None:
            return ()
        return tuple(self._sounds.of(c) or -ord(c) for c in text)

    def about_a_matter(self, text: str) -> bool:
        """Whether `text` names opening hours or a matter of taxes: then only the plainest words ask for a person."""
        return bool(_HOURS.search(text) or _MATTER.search(text))

    def foreign_term(self, text: str, entry: Entry) -> str:
        """The first word of a matter we do not cover in `text` that `entry` never says; empty if there is none."""
        said = self._said.get(entry.id, "")
        return next((term for term in self._foreign if term in text and term not in said), "")


def normalized_text(before: str, entry: Entry) -> str:
    """`before` and all that `entry` says, for looking words up in."""
    return "\n".join((before, entry.answer, entry.question, *entry.phrasings))
