"""A small county made by hand for the tests of the report: real scheme, real scoring, no file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from os import environ
from pathlib import Path

import numpy as np

from starcheck.column import Column, Kind, Reason, empty_values
from starcheck.diagnostic import Location
from starcheck.ledger import Ledger, StoredOrigin, Units, with_derived
from starcheck.scheme import Scheme, scheme_from_texts
from starcheck.scoring import Assessment, assess

AS_OF = date(2022, 6, 30)

SCHEME = """\
方案: 报告示例方案
编号: report-sample
适用: 行政村
版本: "2023.1"
性质: 示例，非官方标准
生效: 2022-05-01

依据:
  示例: {文件: 报告示例, 机关: 示例县, 日期: 2022-05-01}

字段:
  人口: {列名: [人口], 类型: 整数, 单位: 人}
  保洁员: {列名: [保洁员], 类型: 整数, 单位: 人}
  软弱涣散: {列名: [软弱涣散], 类型: 是否}

星级:
  - 星: 支部过硬星
    牵头: 组织部
    点亮: 全部
    指标:
      - {编号: ZB-01, 名称: 两委班子齐整, 列名: [班子齐整], 类型: 是否,
         要求: [{自: 2022-05-01, 为: 是, 依据: 示例 第一条}],
         责任: 组织部, 整改: 按程序补选}
      - {编号: ZB-02, 名称: 三会一课完成率, 列名: [三会一课], 类型: 比例, 单位: "%",
         要求: [{自: 2022-05-01, 至少: 90, 依据: 示例 第二条}],
         责任: 组织部, 整改: 补开会议}
  - 星: 产业兴旺星
    牵头: 农业农村局
    点亮: 全部
    指标:
      - 编号: CY-01
        名称: 村集体经济年收入
        列名: [集体收入]
        类型: 数值
        单位: 万元
        要求:
          - {自: 2022-05-01, 至少: 5, 依据: 示例 第三条}
          - {自: 2023-01-01, 至少: 10, 依据: 示例 第三条}
        责任: 农业农村局
        整改: 盘活闲置校舍与集体土地
  - 星: 生态宜居星
    牵头: 生态环境局
    点亮: {至少: 2}
    指标:
      - {编号: ST-01, 名称: 保洁员配备比例, 公式: 保洁员 / 人口, 类型: 比例, 单位: "‰",
         要求: [{自: 2022-05-01, 至少: 2, 依据: 示例}],
         责任: 住建局, 整改: 增配保洁员}
      - {编号: ST-02, 名称: 五美庭院创建率, 列名: [五美庭院], 类型: 比例, 单位: "%",
         要求: [{自: 2022-05-01, 至少: 85, 依据: 示例}],
         责任: 妇联, 整改: 开展庭院创建}
      - {编号: ST-03, 名称: 黑臭水体, 列名: [黑臭水体], 类型: 整数, 单位: 处, 必备: 是,
         要求: [{自: 2022-05-01, 至多: 0, 依据: 示例}],
         责任: 水利局, 整改: 清淤治理}
  - 星: 平安法治星
    牵头: 政法委
    点亮: {得分: {至少: 80}}
    指标:
      - {编号: PA-01, 名称: 应急队伍人数, 列名: [应急队伍], 类型: 整数, 单位: 人, 分值: 40,
         要求: [{自: 2022-05-01, 至少: 20, 依据: 示例}],
         责任: 应急局, 整改: 充实队伍}
      - {编号: PA-02, 名称: 义务打更队, 列名: [打更队], 类型: 是否, 分值: 60,
         要求: [{自: 2022-05-01, 为: 是, 依据: 示例}],
         不适用于: [整村搬迁村], 责任: 公安局, 整改: 组建打更队}
  - 星: 文明幸福星
    牵头: 民政局
    点亮: 任一
    指标:
      - {编号: WM-01, 名称: 幸福院建成日期, 列名: [幸福院], 类型: 日期,
         要求: [{自: 2022-05-01, 至多: 2022-06-30, 依据: 示例}],
         责任: 民政局, 整改: 建设幸福院}
      - {编号: WM-02, 名称: 村庄规划状态, 列名: [村庄规划], 类型: 选项, 选项: [编制中, 已完成],
         要求: [{自: 2022-05-01, 属于: [已完成],
         依据: 示例}], 责任: 自然资源局, 整改: 完成规划编制}

定级:
  方法: 亮星数
  档次: {5: 五星, 4: 四星, 3: 三星, 2: 二星, 1: 一星, 0: 未评星}
  封顶: [{未亮: 支部过硬星, 最高: 2, 依据: 示例 第九条}]

统计: [软弱涣散]

负面清单:
  - {编号: FM-01, 情形: 发生较大安全生产责任事故, 列名: [安全事故],
     触发: {为: 是}, 后果: {熄灭: 平安法治星}, 依据: 示例 第十条}
  - {编号: FM-02, 情形: 书记受党纪处分, 列名: [书记处分], 触发: {为: 是}, 后果: {最高: 1}, 依据: 示例 第十条}
  - {编号: FM-03, 情形: 弄虚作假, 列名: [弄虚作假], 触发: {为: 是}, 后果: 不参评, 依据: 示例 第十条}
"""

Value = float | bool | str | tuple[date, date] | Reason

SCORE_SCHEME = """\
方案: 积分示例方案
编号: report-score
适用: 行政村
版本: "2023.1"
性质: 示例，非官方标准
生效: 2022-05-01

依据:
  示例: {文件: 积分示例, 机关: 示例县, 日期: 2022-05-01}

星级:
  - 星: 平安法治星
    牵头: 政法委
    点亮: {得分: {至少: 60}}
    指标:
      - {编号: PA-01, 名称: 应急队伍人数, 列名: [应急队伍], 类型: 整数, 单位: 人,
         分值: 40, 扣分: {每: 1, 扣: 3, 至多: 30},
         要求: [{自: 2022-05-01, 至少: 20, 依据: 示例}],
         责任: 应急局, 整改: 充实队伍}
      - {编号: PA-02, 名称: 义务打更队, 列名: [打更队], 类型: 是否, 分值: 40,
         要求: [{自: 2022-05-01, 为: 是, 依据: 示例}],
         责任: 公安局, 整改: 组建打更队}
      - {编号: PA-03, 名称: 法律顾问, 列名: [法律顾问], 类型: 是否, 分值: 20,
         要求: [{自: 2022-05-01, 为: 是, 依据: 示例}],
         责任: 司法局, 整改: 聘请法律顾问}

定级:
  方法: 总分
  档次: [{至少: 90, 档: 优}, {至少: 60, 档: 良}, {至少: 0, 档: 差}]
  名额: [{档: 优, 至多: 1, 范围: 全县, 同分: ["[PA-01] 高者先"]}]

负面清单:
  - {编号: FM-01, 情形: 发生较大安全生产责任事故, 列名: [安全事故],
     触发: {为: 是}, 后果: {扣分: 15}, 依据: 示例 第十条}
"""

SCORED: Sequence[tuple[str, str, Mapping[str, Value] | None]] = (
    ("甲镇", "满分村", {}),
    ("甲镇", "并列村", {}),
    ("甲镇", "扣分村", {"PA-01": 15}),
    ("甲镇", "待核实村", {"PA-03": Reason.BLANK}),
    ("乙镇", "差村", {"PA-01": 3, "PA-02": False, "PA-03": False}),
    ("乙镇", "事故村", {"FM-01": True}),
)
"""Villages for ``SCORE_SCHEME``; the first two are tied at its quota."""

GOOD: Mapping[str, Value] = {
    "人口": 1000,
    "保洁员": 3,
    "软弱涣散": False,
    "ZB-01": True,
    "ZB-02": 95,
    "CY-01": 8.5,
    "ST-02": 90,
    "ST-03": 0,
    "PA-01": 25,
    "PA-02": True,
    "PA-03": True,
    "WM-01": (date(2021, 9, 1), date(2021, 9, 1)),
    "WM-02": "已完成",
    "FM-01": False,
    "FM-02": False,
    "FM-03": False,
}
"""The values of a unit that gets every star."""

Given = tuple[str, str, Mapping[str, Value] | None]
"""Township, name, and what differs from ``GOOD``; None for a unit that did not report."""

VILLAGES: Sequence[Given] = (
    ("马庄桥镇", "东关村", {}),
    ("马庄桥镇", "西李家村", {"CY-01": 4.2}),
    ("马庄桥镇", "孟村", {"CY-01": Reason.UNREADABLE, "软弱涣散": True}),
    ("马庄桥镇", "赵庄村", {"ZB-01": False, "ZB-02": 60.5, "FM-01": Reason.BLANK}),
    ("马庄桥镇", "大流村", {"ST-02": 79, "保洁员": 1, "PA-01": 12, "WM-01": Reason.BLANK, "WM-02": "编制中"}),
    ("韩村镇", "北街村", {"FM-02": True}),
    ("韩村镇", "南街村", {"FM-03": True}),
    ("韩村镇", "东张村", {"CY-01": Reason.BLANK, "ST-03": 2, "PA-02": False}),
    ("韩村镇", "西张村", None),
    ("仙庄镇", "曹庄村", {"FM-01": True}),
    ("仙庄镇", "柳格村", None),
)
"""The county of most tests: eleven villages of three townships, nine of them reported."""


def scheme(text: str = SCHEME) -> Scheme:
    """The scheme of a text that is known to be without fault."""
    found, problems = scheme_from_texts([("report-sample.yaml", text)])

    assert found is not None, problems
    return found


def rated(
    villages: Sequence[Given] = VILLAGES,
    *,
    text: str = SCHEME,
    county: Sequence[str] | str = "清丰县",
    tags: Mapping[str, frozenset[str]] | None = None,
    targets: Mapping[str, int] | None = None,
) -> Assessment:
    """The villages, rated. A unit's cells are ``township.xlsx``, sheet ``6月``, a row per unit, a column per key."""
    made = scheme(text)
    keys = list(made.ledger_columns)
    size = len(villages)
    units = Units(
        code=[f"4109220{place:05d}" for place in range(size)],
        name=[name for _, name, _ in villages],
        township=[township for township, _, _ in villages],
        county=[county] * size if isinstance(county, str) else list(county),
        kind=["行政村"] * size,
        tags=[(tags or {}).get(name, frozenset()) for _, name, _ in villages],
        reported=np.array([given is not None for _, _, given in villages], np.bool_),
        target=np.array([(targets or {}).get(name, -1) for _, name, _ in villages], np.int8),
    )
    places = [
        {
            key: [str(Location(f"{township}.xlsx", "6月", f"{_letters(column)}{row + 4}"))]
            for column, key in enumerate(keys, start=3)
            if given is not None and given.get(key) is not Reason.ABSENT_COLUMN
        }
        for row, (township, _, given) in enumerate(villages)
    ]
    columns = {key: _column(made, key, villages) for key in keys}
    return assess(with_derived(Ledger(made, units, columns, StoredOrigin(places)), AS_OF), AS_OF)


def _letters(column: int) -> str:
    return chr(64 + column) if column <= 26 else f"A{chr(64 + column - 26)}"


def _column(made: Scheme, key: str, villages: Sequence[Given]) -> Column:
    item = made.ledger_columns[key]
    values = empty_values(item.kind, len(villages))
    reason = np.full(len(villages), Reason.BLANK, np.int8)
    for row, (_, _, given) in enumerate(villages):
        if given is None:
            continue
        value = given.get(key, GOOD[key])
        if isinstance(value, Reason):
            reason[row] = value
            continue
        reason[row] = Reason.KNOWN
        if item.kind is Kind.OPTION:
            values[row] = item.options.index(str(value))
        elif isinstance(value, tuple):
            values[row] = [day.toordinal() for day in value]
        else:
            values[row] = value
    return Column(item.kind, values, reason, item.options)


UPDATE = bool(environ.get("STARCHECK_UPDATE_GOLDEN"))
"""Asked when this is imported: a test runs without the STARCHECK_… of whoever starts it."""


def check_golden(name: str, found: str) -> None:
    """Compare with ``golden/name``; with STARCHECK_UPDATE_GOLDEN=1 in the environment write it instead."""
    found = "".join(line.rstrip() + "\n" for line in found.splitlines())
    path = Path(__file__).parent / "golden" / name
    if UPDATE:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found, encoding="utf-8")

    assert path.read_text(encoding="utf-8") == found
