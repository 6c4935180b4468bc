"""The columns of the benchmark's ledgers and what every tool checks of them: type, range, options, nothing blank.

Written out once, so that all tools check the same, and without imports that would slow a peer's start. The headers,
ranges and options are those of ``criteria/wuxing-rural.yaml``; ``data.py`` stops if they are not.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Column(NamedTuple):
    """A header, the kind of its cells (整数 数值 比例 是否 日期 选项), the ends of its range, its options."""

    header: str
    kind: str
    at_least: float | None = None
    at_most: float | None = None
    options: tuple[str, ...] = ()


YES: Final = "是"
NO: Final = "否"
NAMES: Final = ("乡镇", "村名")

COLUMNS: Final = (
    Column("户数", "整数", 1, 20_000),
    Column("人口", "整数", 1, 50_000),
    Column("党员数", "整数", 0),
    Column("保洁员", "整数", 0),
    Column("耕地面积", "数值", 0),
    Column("流转面积", "数值", 0),
    Column("“两委”班子健全", "是否"),
    Column("近12个月党员大会次数", "整数", 0, 60),
    Column("近12个月支委会次数", "整数", 0, 100),
    Column("近12个月主题党日次数", "整数", 0, 100),
    Column("提议日期", "日期"),
    Column("商议日期", "日期"),
    Column("审议日期", "日期"),
    Column("决议日期", "日期"),
    Column("决议公开日期", "日期"),
    Column("结果公开日期", "日期"),
    Column("党群服务中心面积", "数值", 0, 10_000),
    Column("支部书记年度考核等次", "选项", options=("优秀", "良好", "一般", "较差")),
    Column("村集体经济年收入", "数值", 0, 5_000),
    Column("经营收入", "数值", 0),
    Column("发包收入", "数值", 0),
    Column("投资收益", "数值"),
    Column("补助收入", "数值", 0),
    Column("其他收入", "数值", 0),
    Column("党支部领办合作社", "是否"),
    Column("“双绑”机制建立", "是否"),
    Column("“五美庭院”创建率", "比例", 0, 100),
    Column("村庄规划", "选项", options=("编制中", "已初步规划待评审", "已完成", "纳入城镇规划")),
    Column("黑臭水体", "整数", 0),
    Column("卫生厕所普及率", "比例", 0, 100),
    Column("生活垃圾日产日清", "是否"),
    Column("应急队伍人数", "整数", 0, 500),
    Column("义务打更队", "是否"),
    Column("应在本村化解而未化解的信访", "整数", 0),
    Column("造成人员伤亡的事故", "整数", 0),
    Column("刑事案件和有重大影响的治安案件", "整数", 0),
    Column("一村一法律顾问", "是否"),
    Column("村规民约修订完善", "是否"),
    Column("道德评议会", "是否"),
    Column("老年人协会", "是否"),
    Column("幸福院", "是否"),
    Column("星级文明户", "整数", 0),
    Column("安全责任事故", "是否"),
    Column("连续三年未发展党员", "是否"),
    Column("群众满意度", "比例", 0, 100),
    Column("书记空缺超三个月", "是否"),
    Column("软弱涣散", "是否"),
)

HEADERS: Final = (*NAMES, *(column.header for column in COLUMNS))
