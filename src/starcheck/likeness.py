"""Names like a name that means no unit, and in what way they are like it. For messages only: no match is made of it.

Five ways in which a village's name goes wrong: it sounds the same, looks the same, is written in the other script, has
a character too many or too few, or has a character that the typist's machine could not write.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from starcheck.diagnostic import Text

_FLOOR = 50
"""Likeness, of 100, below which a name is not suggested."""
_CLOSE = 5
"""Two suggestions nearer to each other than this are said to be alike."""

SUFFIX: Text = ("只差后缀", "only the suffix differs")
SOUND: Text = ("同音", "sounds the same")
NEAR_SOUND: Text = ("近音", "sounds alike")
SHAPE: Text = ("形近", "looks alike")
SCRIPT: Text = ("繁简", "other script")
ONE_OFF: Text = ("差一字", "one character differs")
ONE_MORE: Text = ("多一字", "a character too many")
ONE_LESS: Text = ("少一字", "a character missing")
ORDER: Text = ("字序不同", "characters in another order")
SPELLED_OUT: Text = ("生僻字写法不同", "a rare character written otherwise")
LOST: Text = ("有缺字", "a character was lost")

_ALIKE = (
    "日曰 末未 己已巳 庄壮 场扬 土士 人入八 千干于 大太犬 王玉主 木本术 刀力 田由甲申 白自 目且 贝见 戊戌戍 "
    "官宫 候侯 杨扬 阳阴 柏伯 拍柏 陈阵 后垢 汪江 圆园 沟构 堤提 坡披 塘搪 楼搂 桥侨 屯电 吕昌 古占 石右 "
    "天夭 牛午 辛幸 兰三 晋普 冯马 孟盂 韦书 洼注 坟坎 坑坎 崔催 梁粱 祁祈 郝赦 范苑 菜莱 营宫 寨塞赛 岗冈岚 "
    "庙届 卞下 东车 仓仑 风凤 令今 爪瓜 历厉 厂广 央夹 折拆 抗杭 徐除 店居 季李 余佘 藉籍 淇其 浦蒲 流琉 "
    "胡湖 刘浏 井并 北比 夏复 召名 闫闩 问间 "
)
_TRADITIONAL = (
    "莊庄 東东 馬马 橋桥 陳陈 劉刘 張张 楊杨 趙赵 孫孙 吳吴 鄭郑 馮冯 蔣蒋 韓韩 葉叶 蘇苏 盧卢 鍾钟 鐘钟 "
    "譚谭 黃黄 許许 鄧邓 蕭萧 羅罗 賈贾 閻阎 閆闫 呂吕 龍龙 龐庞 顧顾 魯鲁 齊齐 喬乔 賴赖 聶聂 衛卫 費费 "
    "嚴严 鄒邹 陸陆 關关 門门 園园 圍围 灣湾 溝沟 澗涧 濟济 漢汉 澤泽 淺浅 溫温 滿满 漁渔 樓楼 樹树 橫横 "
    "檢检 機机 極极 構构 槍枪 棗枣 樁桩 廟庙 廣广 廠厂 應应 嶺岭 島岛 崗岗 嶽岳 峽峡 塢坞 場场 壩坝 壘垒 "
    "壇坛 墳坟 墻墙 牆墙 堯尧 塊块 壢坜 鎮镇 鄉乡 縣县 區区 裡里 裏里 後后 衆众 眾众 臺台 灘滩 瀘泸 瀏浏 "
    "濱滨 潤润 營营 爐炉 燈灯 煙烟 燒烧 獅狮 貓猫 瑪玛 環环 瓊琼 畢毕 畝亩 當当 盤盘 礦矿 磚砖 禮礼 種种 "
    "穀谷 窯窑 窪洼 節节 範范 築筑 紅红 紀纪 純纯 紙纸 級级 細细 結结 綠绿 網网 緯纬 線线 織织 繩绳 繆缪 "
    "義义 習习 聖圣 聯联 腳脚 興兴 舊旧 萬万 蓋盖 蓮莲 蔭荫 薊蓟 薩萨 藍蓝 蘭兰 處处 虛虚 號号 蟲虫 補补 "
    "見见 親亲 觀观 計计 記记 講讲 謝谢 證证 豐丰 豬猪 貝贝 財财 貴贵 買买 資资 賀贺 賢贤 賽赛 趕赶 車车 "
    "軍军 軒轩 輝辉 輪轮 轉转 農农 過过 達达 遠远 邊边 還还 進进 連连 運运 遲迟 選选 遼辽 郟郏 鄆郓 銀银 "
    "銅铜 錢钱 錦锦 鍋锅 鎖锁 鎬镐 鏡镜 鐵铁 鑼锣 長长 開开 間间 閘闸 閣阁 闊阔 隊队 陽阳 陰阴 際际 隴陇 "
    "雙双 雜杂 雞鸡 離离 雲云 電电 靈灵 靜静 韋韦 順顺 項项 須须 頂顶 頭头 頓顿 題题 顏颜 風风 飛飞 館馆 "
    "驛驿 驢驴 騎骑 駱骆 魚鱼 鮑鲍 鳥鸟 鳳凤 鴻鸿 鵝鹅 鶴鹤 鷹鹰 麥麦 麗丽 點点 齋斋 齒齿 龔龚 龜龟 國国 "
    "圖图 報报 單单 嘯啸 團团 學学 寶宝 寬宽 對对 導导 屬属 岡冈 峯峰 幹干 庫库 彎弯 從从 憲宪 戰战 戲戏 "
    "據据 擔担 擴扩 揚扬 數数 晉晋 曉晓 書书 會会 業业 榮荣 樂乐 歡欢 歸归 歷历 殺杀 氣气 決决 沖冲 況况 "
    "淚泪 淨净 漲涨 濕湿 為为 無无 現现 產产 畫画 發发 盡尽 確确 碼码 積积 穩稳 競竞 筆笔 簡简 糧粮 緊紧 "
    "總总 續续 罷罢 聲声 職职 膠胶 臨临 與与 艙舱 藝艺 邨村 塚冢 堌固 砦寨 甯宁 寧宁 淸清 髙高 吴吳 槗桥 "
    "沒没 戸户 戶户 內内 緑绿 荘庄 "
)


def _folding(groups: Iterable[str]) -> dict[int, str]:
    """Every character of a group to its last (the first of an alike group would do as well: they are only compared)."""
    first: dict[str, str] = {}
    for group in groups:
        root = next((first[char] for char in group if char in first), group[-1])
        for char in group:
            first.setdefault(char, root)
    return {ord(char): root for char, root in first.items()}


_SIMPLE = {ord(pair[0]): pair[1] for pair in _TRADITIONAL.split()}
_SHAPES = _folding(_ALIKE.split())
LOST_CHARACTERS = frozenset("?？□■〓*＊○●〇_�")
"""What stands where a character was lost on its way from one machine to another."""
_RADICALS = frozenset("氵阝亻扌钅艹犭忄讠饣纟宀辶礻衤刂冫疒灬罒虍⻊木土石火山王田米虫鱼鸟马")


@dataclass(frozen=True, slots=True)
class Likeness:
    """A known name's position, how like it is (of 100), and in what ways."""

    place: int
    score: float
    reasons: tuple[Text, ...]

    def words(self, name: str, following: Likeness | None) -> Text:
        """A suggestion as it is listed: the name, why, how like it is, and how far ahead of the next one."""
        zh = [reason[0] for reason in self.reasons]
        en = [reason[1] for reason in self.reasons]
        zh.append(f"像{self.score:.0f}%")
        en.append(f"{self.score:.0f}% alike")
        if following is not None:
            lead = self.score - following.score
            zh.append("与下一个难分" if lead < _CLOSE else f"领先{lead:.0f}")
            en.append("hardly more than the next" if lead < _CLOSE else f"{lead:.0f} ahead")
        return f"{name}（{'，'.join(zh)}）", f"{name} ({', '.join(en)})"


def likenesses(written: str, known: Sequence[str], *, least: float = 0) -> tuple[Likeness, ...]:
    """The names of ``known`` like ``written``, the likest first. Both are compared as they are: fold them before.

    Names with less than ``least`` of 100 of their letters in common are passed over: quicker where they are many.
    """
    from rapidfuzz import fuzz, process  # noqa: PLC0415 - only where something went wrong

    scores = process.cdist([written], known, scorer=fuzz.ratio)[0].tolist() if known else []
    found = [
        _likeness(place, written, name, score)
        for place, (name, score) in enumerate(zip(known, scores, strict=True))
        if score >= least
    ]
    return tuple(sorted((item for item in found if item.score >= _FLOOR), key=lambda item: (-item.score, item.place)))


def _likeness(place: int, written: str, name: str, ratio: float) -> Likeness:
    """By the one stretch in which the two differ: what stands between their common beginning and common end."""
    if written == name:
        return Likeness(place, 100.0, (SUFFIX,))
    if written.translate(_SIMPLE) == name.translate(_SIMPLE):
        return Likeness(place, 99.0, (SCRIPT,))
    start = _same_beginning(written, name)
    one, other = written[start:], name[start:]
    end = _same_beginning(one[::-1], other[::-1])
    one, other = one[: len(one) - end], other[: len(other) - end]
    rare = _rare(one, other)
    if rare is not None:
        return Likeness(place, 95.0, (rare,))
    if not one or not other:
        if len(one) + len(other) == 1:
            return Likeness(place, ratio, (ONE_MORE if one else ONE_LESS,))
        return Likeness(place, ratio, ())
    if len(one) == len(other):
        alike = _same_length(one, other)
        if alike is not None:
            score, reasons = alike
            return Likeness(place, max(score, ratio), reasons if len(one) > 1 else (*reasons, ONE_OFF))
        if len(one) == 1 and len(written) > 1:
            return Likeness(place, ratio, (ONE_OFF,))
        if len(written) > 1 and sorted(one) == sorted(other):
            return Likeness(place, max(ratio, 80.0), (ORDER,))
    return Likeness(place, ratio, ())


def _same_beginning(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    return next(
        (at for at, (mine, its) in enumerate(zip(one, other, strict=False)) if mine != its), min(len(one), len(other))
    )


def _same_length(one: str, other: str) -> tuple[float, tuple[Text, ...]] | None:
    """Sound or looks, where every differing character has one of them in common; None where one has not."""
    reasons: dict[Text, None] = {}
    worst = 98.0
    for mine, its in zip(one, other, strict=True):
        if mine == its:
            continue
        shape = mine.translate(_SHAPES) == its.translate(_SHAPES)
        script = mine.translate(_SIMPLE) == its.translate(_SIMPLE)
        mine_sounds, its_sounds = _sounds(mine), _sounds(its)
        if script:
            reasons[SCRIPT] = None
        elif mine_sounds[0] & its_sounds[0]:
            reasons[SOUND] = None
            worst = min(worst, 96.0)
        elif mine_sounds[1] & its_sounds[1]:
            reasons[NEAR_SOUND] = None
            worst = min(worst, 92.0)
        elif not shape:
            return None
        if shape:
            reasons[SHAPE] = None
            worst = min(worst, 94.0)
    return worst, tuple(reasons)


@lru_cache(maxsize=1 << 12)
def _sounds(char: str) -> tuple[frozenset[str], frozenset[str]]:
    """The readings of a character with and without their tones; nothing where it is no Chinese character."""
    from pypinyin import Style, pinyin  # noqa: PLC0415 - only where something went wrong

    if not _is_ideograph(char):
        return frozenset(), frozenset()
    toned = pinyin(char, style=Style.TONE3, heteronym=True, neutral_tone_with_five=True, errors="ignore")
    readings = frozenset(reading for one in toned for reading in one)
    return readings, frozenset(reading.rstrip("12345") for reading in readings)


def _is_ideograph(char: str) -> bool:
    return unicodedata.category(char) == "Lo" and "CJK" in unicodedata.name(char, "")


def _rare(one: str, other: str) -> Text | None:
    """Where a single character stands against what people write when they cannot type it; None where neither does."""
    for short, long in ((one, other), (other, one)):
        if len(short) == 1 and (short in LOST_CHARACTERS or is_private_use(short)) and 1 <= len(long) <= 4:  # noqa: PLR2004
            return LOST
        if len(short) != 1 or not _is_ideograph(short):
            continue
        inside = long.strip("()[]【】（）{}<>《》+ ")
        bracketed = inside != long
        if inside.isascii() and inside.isalpha() and inside.lower() in _sounds(short)[1]:
            return SPELLED_OUT
        if 2 <= len(inside) <= 3 and (bracketed or any(char in _RADICALS for char in inside)):  # noqa: PLR2004
            return SPELLED_OUT
    both_spelled = [part.strip("()[]【】（）{}<>《》+ ") for part in (one, other)]
    if both_spelled[0] and both_spelled[0] == both_spelled[1]:
        return SPELLED_OUT
    return None


def is_private_use(char: str) -> bool:
    """Whether a character means something in one font only."""
    return unicodedata.category(char) == "Co"
