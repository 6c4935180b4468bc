"""T2: sheets, headers, and what columns mean."""

from __future__ import annotations

from starcheck.diagnostic import Code, Severity

_ERROR, _WARNING, _NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE

CODES: tuple[Code, ...] = (
    Code(
        "T201",
        _NOTE,
        title=("工作表里没有表", "no table in the sheet"),
        message=("这张工作表里没有认得的表头，没有读", "no header is recognised in this sheet; it was not read"),
        why=(
            "填表说明一类的工作表本来没有数据；但表头写法不认得时，数据也会整张漏掉。",
            "a sheet of instructions has no data, but a ledger with unknown headers would be missed as a whole.",
        ),
        mend=(
            "若是台账，表头至少写上村名和方案里的列名；不是则不用管",
            "if it is a ledger, use the scheme's headers and one for the village's name",
        ),
        bad=("表头是“项目一、项目二”", "headers “item 1, item 2”"),
        good=("表头是“序号、乡镇、村名、村集体经济收入（万元）”", "headers 序号, 乡镇, 村名, 村集体经济收入（万元）"),
    ),
    Code(
        "T202",
        _ERROR,
        title=("没有方案里的列", "no column of the scheme"),
        message=("整个文件里没有一列是这个方案的指标或字段", "no column of this file belongs to the scheme"),
        why=("没有可评的数据，不等于没有问题。", "nothing to rate is not the same as nothing wrong."),
        mend=(
            "核对文件和方案是否对应；或把列名写成方案里的写法",
            "check that file and scheme belong together, or use the scheme's headers",
        ),
        bad=("拿人口名单当台账", "a list of residents taken for a ledger"),
        good=("用 starcheck template 生成的空表填报", "a form made by starcheck template"),
        mend_to_sender=(
            "核对发来的是不是要报的台账；是的话，列名照下发的空表写",
            "check that it is the ledger that was asked for; if so, use the headers of the empty form",
        ),
    ),
    Code(
        "T203",
        _NOTE,
        title=("列没有用到", "column not used"),
        message=(
            "列“{header}”不是方案里的列，没有用{near}",
            "column “{header}” is not in the scheme and was not used{near}",
        ),
        why=(
            "列名差一个字，整列就不算数，所以逐列说明。",
            "one character's difference loses a whole column, so each is named.",
        ),
        mend=(
            "若是笔误，改成方案里的列名；若是常见写法，加进方案的 列名",
            "correct a slip, or add a common spelling to 列名 in the scheme",
        ),
        bad=("村集体经纪收入", "村集体经纪收入"),
        good=("村集体经济收入", "村集体经济收入"),
    ),
    Code(
        "T204",
        _NOTE,
        title=("两列是同一项", "two columns for one field"),
        message=("“{header}”已有另一列，两列一并核对", "“{header}” has another column already; the two are compared"),
        why=("两列都有值且不同，就不知道该信哪一个。", "where both hold values that differ, neither can be preferred."),
        mend=("只留一列", "keep one of them"),
        bad=("“集体收入”和“村集体经济收入”两列", "two columns 集体收入 and 村集体经济收入"),
        good=("一列“村集体经济收入”", "one column 村集体经济收入"),
    ),
    Code(
        "T205",
        _WARNING,
        title=("缺少一列", "column absent"),
        message=(
            "没有“{header}”这一列，相关指标待核实{like}",
            "there is no column “{header}”; what depends on it is unknown{like}",
        ),
        why=(
            "缺列不算达标，也不算未达标；点亮不了星。",
            "an absent column is neither met nor unmet, and lights no star.",
        ),
        mend=(
            "{turn}补上这一列；确实不涉及的，由名册标签说明",
            "{turn}add the column; exemptions are stated by tags of the register",
        ),
        bad=("台账少了“黑臭水体”", "a ledger without 黑臭水体"),
        good=("方案里的列都在", "all columns of the scheme"),
        mend_to_sender=(
            "{turn}补上这一列，表头写“{write}”",
            "{turn}add the column, with the header “{write}”",
        ),
    ),
    Code(
        "T206",
        _ERROR,
        title=("表头单位不对", "foreign unit in the header"),
        message=(
            "表头单位是“{found}”，应为{expected}，不能换算",
            "the header's unit is “{found}”; {expected} is wanted, and it cannot be converted",
        ),
        why=("单位不同类，数值没法比。", "values of another dimension cannot be compared."),
        mend=(
            "核对这一列填的是什么，改正单位或数值",
            "check what the column holds, and correct the unit or the values",
        ),
        bad=("村集体经济收入（户）", "村集体经济收入（户）"),
        good=("村集体经济收入（万元）", "村集体经济收入（万元）"),
    ),
    Code(
        "T207",
        _NOTE,
        title=("按表头单位换算", "converted by the header's unit"),
        message=(
            "表头单位是“{found}”，已换算为{expected}",
            "the header's unit is “{found}”; values were converted to {expected}",
        ),
        why=("差一万倍的错误最常出在这里，所以说明。", "errors of a factor of ten thousand begin here, so it is said."),
        mend=("核对数值确实以表头单位填报", "check that the values are in the header's unit"),
        bad=("（元）的列里填了 5.2（万元）", "5.2 (万元) in a column of 元"),
        good=("（元）的列里填 52000", "52000 in a column of 元"),
    ),
    Code(
        "T208",
        _NOTE,
        title=("读了隐藏的工作表", "hidden sheet read"),
        message=("这张工作表是隐藏的，也读了", "this sheet is hidden and was read all the same"),
        why=("隐藏的内容填报人未必知道，但它会影响结果。", "whoever sent it may not know of it, and it counts."),
        mend=("确认要算就取消隐藏；不要就删去", "unhide it if it counts, delete it if not"),
        bad=("上月的表隐藏后留在文件里", "last month's sheet hidden in the file"),
        good=("文件里只有本月的表", "this month's sheet alone"),
    ),
    Code(
        "T209",
        _NOTE,
        title=("读了隐藏的行列", "hidden rows or columns read"),
        message=(
            "表里有隐藏的行或列（{found}），也读了",
            "the table has hidden rows or columns ({found}); they were read all the same",
        ),
        why=(
            "多半是筛选没有取消；眼前看到的比实际少。",
            "a filter was probably left on, and less is seen than there is.",
        ),
        mend=("取消筛选和隐藏，确认后再报送", "clear filters, unhide, check, and send again"),
        bad=("筛选后只看到 18 行，实有 33 行", "18 rows in view of 33"),
        good=("全部行列可见", "all rows and columns in view"),
    ),
    Code(
        "T210",
        _WARNING,
        title=("一列没有表头", "column without a header"),
        message=(
            "这一列有内容（如“{found}”），但没有表头，没有用",
            "this column holds values (“{found}”) but has no header; it was not used",
        ),
        why=(
            "没有表头就不知道填的是什么，整列不算数。",
            "without a header nobody knows what it holds, and none of it counts.",
        ),
        mend=("补上表头，或删去这一列", "give it a header or delete it"),
        bad=("“人口”和“收入”之间有一列数，表头空着", "a column of figures with a blank header"),
        good=("每列都有表头", "a header on every column"),
    ),
    Code(
        "T211",
        _NOTE,
        title=("表的右边或下面还有内容", "more beside or below the table"),
        message=(
            "表外还有没有读的内容，从这里开始（“{found}”）",
            "there is more outside the table that was not read, beginning here (“{found}”)",
        ),
        why=("没读的东西要说明；也许是另一张表。", "what was not read is said; it may be another table."),
        mend=("另一张表请移到单独的工作表，并写好表头", "move another table to a sheet of its own, with headers"),
        bad=("两张表左右并排", "two tables side by side"),
        good=("一张工作表一张表", "one table per sheet"),
    ),
    Code(
        "T212",
        _ERROR,
        title=("没有村名列", "no column of names"),
        message=(
            "没有村名（或编码）这一列，不知道每行是谁{near}",
            "there is no column of names or codes, so nobody knows whose rows they are{near}",
        ),
        why=("数据对不上村，一个也不能评。", "values without a unit cannot be rated."),
        mend=(
            '加一列“村名”或“编码”；列叫别的名字的，用 --map "列名=村名" 指明',
            'add a column 村名 or 编码; where it has another header, say so by --map "header=村名"',
        ),
        bad=("只有序号和指标", "serial numbers and criteria only"),
        good=("序号、乡镇、村名、指标……", "序号, 乡镇, 村名, criteria …"),
        message_to_sender=(
            "没有村名（或编码）这一列，不知道每行是谁{like}",
            "there is no column of names or codes, so nobody knows whose rows they are{like}",
        ),
        mend_to_sender=(
            "村名在哪一列，就把那一列的列名改成“村名”；没有就加一列“村名”或“编码”",
            "head the column of names 村名; where there is none, add a column 村名 or 编码",
        ),
    ),
    Code(
        "T213",
        _ERROR,
        title=("定不下乡镇", "township unknown"),
        message=(
            "定不下这些行属于哪个乡镇：没有乡镇列，标题、工作表名和文件名里也认不出",
            "the township of these rows is unknown: no column, and none in title, sheet or file name",
        ),
        why=("不同乡镇常有同名村，缺了乡镇就可能张冠李戴。", "villages of the same name are common across townships."),
        mend=(
            "加一列“乡镇”，或把乡镇写进文件名，或用 --township 指定",
            "add a column 乡镇, put the township into the file's name, or pass --township",
        ),
        bad=("台账.xlsx，表里只有村名", "ledger.xlsx with names of villages only"),
        good=("马庄桥镇.xlsx", "马庄桥镇.xlsx"),
        mend_to_sender=(
            "加一列“乡镇”，或把乡镇写进表上方的标题",
            "add a column 乡镇, or put the township into the title above the table",
        ),
    ),
    Code(
        "T214",
        _NOTE,
        title=("推断了名称或乡镇", "name or township inferred"),
        message=("“{found}”是推断的：{reason}", "“{found}” was inferred: {reason}"),
        why=("凡推断都说明，错了好改。", "whatever is inferred is said, so that it can be corrected."),
        mend=("推断不对就在表里写明", "state it in the sheet if the inference is wrong"),
        bad=("文件名与表内乡镇不一致", "a file name that names another township"),
        good=("表里每行都写乡镇", "a township in every row"),
    ),
    Code(
        "T215",
        _WARNING,
        title=("一行的单元格比表头多", "row longer than the header"),
        message=(
            "这一行的单元格比表头多（多出“{found}”），后面的值可能错了列",
            "this row has more cells than the header (“{found}” is left over); its values may be in wrong columns",
        ),
        why=(
            "文字里有逗号而没有加引号时，后面的值会整体右移一列。",
            "a comma in a text without quotation marks moves the values after it by one column.",
        ),
        mend=("给含逗号的文字加英文双引号，或改报 xlsx", "put the text in quotation marks, or send an xlsx"),
        bad=("3,李庄村,修路,通水,12", "3,Lizhuang,roads, water,12"),
        good=('3,李庄村,"修路,通水",12', '3,Lizhuang,"roads, water",12'),
    ),
    Code(
        "T216",
        _ERROR,
        title=("几组都有这一列", "several groups have this column"),
        message=(
            "分不清“{label}”是哪一列：{found}，一个也没有采用",
            "which column “{label}” is cannot be told: {found}; none was taken",
        ),
        why=(
            "上级表头不同，同名的列说的就不是一回事；猜一列可能张冠李戴。",
            "under other groups columns of one name mean other things; taking one would be a guess.",
        ),
        mend=(
            '连上级表头一起用 --map 指明（--map "2022年/人口=人口"），或把全名（2022年人口）写进方案的列名，或只留一列',
            'say which with its group (--map "2022年/人口=人口"), give the scheme that name (2022年人口), or keep one',
        ),
        bad=(
            "2022年、2023年下面各有“人口”，方案里只有“人口”",
            "人口 under 2022年 and under 2023年; the scheme knows 人口 only",
        ),
        good=("方案里写“2023年人口”", "the scheme knows 2023年人口"),
        mend_to_sender=(
            "只留要报的那一列，其余的删去",
            "keep the column that is asked for, and delete the others",
        ),
    ),
    Code(
        "T220",
        _NOTE,
        title=("几张表左右并排", "tables side by side"),
        message=("这张工作表里并排有几张表，逐张读了（{found}）", "tables stand side by side; each was read ({found})"),
        why=("并排的表要分开读，否则同名的列会混在一起。", "read as one, columns of the same name would be mixed."),
        mend=("读得对就不用管；最好一张接一张往下排", "leave it if that is right; one below the other is better"),
        bad=("序号 村名 收入 ｜ 序号 村名 收入", "序号 村名 收入 | 序号 村名 收入"),
        good=("序号 村名 收入，一直往下", "序号 村名 收入, going down"),
    ),
    Code(
        "T221",
        _NOTE,
        title=("横着排的表", "a table with its units across"),
        message=(
            "这张表一列一个村、一行一项，按此读了（{found}）",
            "here a column is a unit and a row an item; so it was read ({found})",
        ),
        why=(
            "行列颠倒的表照样有每个村的数，地址仍是原来的格。",
            "it holds the same figures; addresses are those of its own cells.",
        ),
        mend=("读得对就不用管", "leave it if that is right"),
        bad=("第一列是项目，村名横着排", "items in the first column, villages across"),
        good=("一行一个村，一列一项", "a row for each village, a column for each item"),
    ),
    Code(
        "T222",
        _NOTE,
        title=("按表单读", "read as a form"),
        message=(
            "这里按表单读：项目在左、数值在右，一村一表，共 {count} 项",
            "read as a form, one village each, with names at the left and values at the right: {count} items",
        ),
        why=(
            "表单没有一行表头，读法是认出来的，所以说明；地址仍是原表的单元格。",
            "a form has no row of headers, so how it was read is said; addresses are those of the file.",
        ),
        mend=("读得不对，就改用每村一行的台账", "if it was read wrongly, use a ledger with a row per village"),
        bad=("项目和数值隔着几列，中间还有别的数", "names and values columns apart, with other figures between"),
        good=("“村集体经济收入（万元）”右边一格是 5.2", "5.2 in the cell right of 村集体经济收入（万元）"),
    ),
    Code(
        "T223",
        _WARNING,
        title=("像表单，但没有读", "like a form, but not read"),
        message=(
            "从“{found}”起项目排成一列，像表单，但{reason}，没有读",
            "from “{found}” on names stand below each other as in a form, but {reason}; it was not read",
        ),
        why=(
            "一项有几个数，是上年数和本年数、还是几个村的数，程序不猜。",
            "several figures for one item may be two years' or several villages'; nothing is guessed.",
        ),
        mend=(
            "改成每村一行的台账；表单一项只留一个数，一村一个表单",
            "use a ledger with a row per village, or a form per village with one value for each item",
        ),
        bad=("“人口”右边有“上年”“本年”两个数", "two figures, last year's and this year's, beside 人口"),
        good=("“人口”右边只有一个数", "one figure beside 人口"),
    ),
    Code(
        "T224",
        _NOTE,
        title=("按表上方的单位换算", "converted by the unit above the table"),
        message=(
            "表上方写的单位是“{found}”，已换算为{expected}",
            "the unit above the table is “{found}”; values were converted to {expected}",
        ),
        why=("差一万倍的错误最常出在这里，所以说明。", "errors of a factor of ten thousand begin here, so it is said."),
        mend=(
            "核对这一列以那个单位填报；表头或数后的单位优先",
            "check it; a unit in the header or the cell beats it",
        ),
        bad=("表上方“单位：元”，这一列却按万元填", "单位：元 above the table, and 万元 in the column"),
        good=("表头写明：村集体经济收入（元）", "村集体经济收入（元） in the header"),
    ),
    Code(
        "T225",
        _WARNING,
        title=("标题和文件名说的乡镇不同", "title and file name say different townships"),
        message=(
            "{where}写的是“{found}”，{other_where}写的是“{other}”；取“{found}”：{reason}",
            "{where} says “{found}”, {other_where} says “{other}”; “{found}” was taken: {reason}",
        ),
        why=(
            "多半是抄了别的乡镇的表忘了改标题，或文件放错、命名错了；取错就会张冠李戴。",
            "mostly a copied sheet whose title was not changed, or a wrong file name; villages may be mixed up.",
        ),
        mend=("核对是哪个乡镇的，改对其中一处，或加一列“乡镇”", "find out which, mend the other, or add a column 乡镇"),
        bad=("韩村镇.xlsx，标题写马庄桥镇", "韩村镇.xlsx with a title of 马庄桥镇"),
        good=("韩村镇.xlsx，标题写韩村镇", "韩村镇.xlsx with a title of 韩村镇"),
    ),
    Code(
        "T226",
        _WARNING,
        title=("标题里的乡镇与编码不合", "the codes are not of the township in the title"),
        message=(
            "{where}写的是“{found}”，多数行的编码和名称却是{homes}的；按编码认，没有编码的行乡镇不明",
            "{where} says “{found}”, but most codes and names are of {homes}; codes count, other rows have no township",
        ),
        why=(
            "标题多半是从别的乡镇的表抄来的，或这张表是全县的；编码和名称一致，比标题可信。",
            "a title copied from another township's ledger, or a list of the county; code and name agree.",
        ),
        mend=(
            "改对标题、工作表名或文件名，或加一列“乡镇”",
            "mend the title, the sheet's or the file's name, or add a column 乡镇",
        ),
        bad=("标题写马庄桥镇，编码都是韩村镇的", "a title of 马庄桥镇 over codes of 韩村镇"),
        good=("标题写韩村镇", "a title of 韩村镇"),
    ),
    Code(
        "T240",
        _NOTE,
        title=("按记忆对应的列", "a column by what is remembered"),
        message=(
            "“{found}”{by}当作“{expected}”",
            "“{found}” is taken as “{expected}”, {by}",
        ),
        why=("记忆是人确认过的，仍逐次说明，错了好改。", "somebody confirmed it; it is said each time all the same."),
        mend=("不对就改 starcheck.toml 的 [mapping]", "correct [mapping] in starcheck.toml if it is wrong"),
        bad=("“集体经纪收入”", "“集体经纪收入”"),
        good=("“村集体经济收入”", "“村集体经济收入”"),
    ),
    Code(
        "T241",
        _NOTE,
        title=("按记忆不用的列", "a column not used, as remembered"),
        message=("“{found}”{by}不用", "“{found}” is not used, {by}"),
        why=("没有用到的列都要说明。", "every column that is not used is said."),
        mend=("要用就改 starcheck.toml 的 [mapping]", "change [mapping] in starcheck.toml to use it"),
        bad=("“备用列”", "“备用列”"),
        good=("只有方案里的列", "the scheme's columns alone"),
    ),
    Code(
        "T242",
        _WARNING,
        title=("记忆与本月的表不符", "the table is not where it is remembered"),
        message=(
            "starcheck.toml 的 [layout] 与这个文件不符：{reason}；改按通常的办法找",
            "[layout] in starcheck.toml does not fit this file: {reason}; it was looked for as usual",
        ),
        why=("表的样子变了，记忆就不再可靠。", "where the table has changed, what is remembered no longer holds."),
        mend=(
            "核对读成了什么（--explain-layout），再用 --remember 记一次",
            "check with --explain-layout, then --remember again",
        ),
        bad=("记忆是 A3:AH5，本月表头在 A4", "A3:AH5 is remembered, this month's header is at A4"),
        good=("每月同一个位置", "the same place every month"),
    ),
    Code(
        "T243",
        _NOTE,
        title=("按记忆不读的工作表", "a sheet not read, as remembered"),
        message=("这张工作表按记忆不读", "this sheet is not read, as remembered"),
        why=("没有读的都要说明。", "whatever is not read is said."),
        mend=("要读就改 starcheck.toml 的 [layout]", "change [layout] in starcheck.toml to read it"),
        bad=("上月的表还留在文件里", "last month's sheet still in the file"),
        good=("文件里只有本月的表", "this month's sheet alone"),
    ),
    Code(
        "T244",
        _WARNING,
        title=("像台账的工作表按记忆没有读", "what looks like a ledger was not read, as remembered"),
        message=(
            "这张工作表像是台账，但 starcheck.toml 的 [layout] 记的是另一张，没有读",
            "this sheet looks like a ledger, but [layout] in starcheck.toml names another one; it was not read",
        ),
        why=(
            "新的一月可能另起一张表，只读记住的会漏掉它。",
            "a new month may have its own sheet, and be missed.",
        ),
        mend=(
            "要读它就删去 [layout] 里的 sheet；是往月的表就从文件里删掉",
            "take sheet out of [layout] to read it; delete it from the file if it is an older month's",
        ),
        bad=("记的是 6月，文件里有 6月 和 7月", "6月 is remembered; the file has 6月 and 7月"),
        good=("工作表每月都叫“台账”", "a sheet called 台账 every month"),
        message_to_sender=(
            "这张工作表像是台账，但县里按往常读的是另一张，这一张没有读",
            "this sheet looks like a ledger, but another one is read as usual; this one was not read",
        ),
        mend_to_sender=(
            "本月的台账在这一张，就告诉县里；是往月的就从文件里删掉",
            "tell the county if this is the month's ledger; delete it from the file if it is an older one's",
        ),
    ),
    Code(
        "T245",
        _WARNING,
        title=("--map 的列名哪里也没有", "a header of --map that is nowhere"),
        message=(
            "--map 里的列名“{found}”，读到的表里一张也没有{near}",
            "no table that was read has the header “{found}” of --map{near}",
        ),
        why=(
            "列名差一个字，--map 就不起作用，那一列照旧没有用。",
            "with one character's difference --map does nothing, and the column stays unused.",
        ),
        mend=(
            "照文件里的写法改 --map；各列读成了什么，看 --explain-layout",
            "write it as the file does; --explain-layout shows what each column was taken as",
        ),
        bad=(
            '--map "集体经济收人=CY-01"，文件里是“集体经纪收入”',
            '--map "集体经济收人=CY-01"; the file: 集体经纪收入',
        ),
        good=('--map "集体经纪收入=CY-01"', '--map "集体经纪收入=CY-01"'),
    ),
)
