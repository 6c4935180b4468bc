"""F1: the file itself, before anything in it is looked at."""

from __future__ import annotations

from starcheck.diagnostic import Code, Severity

_ERROR, _WARNING, _NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE

CODES: tuple[Code, ...] = (
    Code(
        "F101",
        _ERROR,
        title=("找不到文件", "file not found"),
        message=("没有这个文件", "there is no such file"),
        why=(
            "没有读到的台账不能算已上报，结果会缺这些村。",
            "a ledger that was not read cannot count as reported; the result lacks its units.",
        ),
        mend=(
            "核对文件名和所在文件夹；文件名里有空格时用引号括起来",
            "check the name and the folder; put a name with spaces in quotes",
        ),
        bad=(
            "starcheck score 马庄桥.xlsx，文件夹里是 马庄桥镇.xlsx",
            "starcheck score maqiao.xlsx where the file is maqiao-zhen.xlsx",
        ),
        good=("starcheck score 马庄桥镇.xlsx", "starcheck score maqiao-zhen.xlsx"),
    ),
    Code(
        "F102",
        _ERROR,
        title=("文件打不开", "file cannot be opened"),
        message=("文件打不开：{reason}", "the file cannot be opened: {reason}"),
        why=(
            "系统不让读这个文件：没有权限，或另一个程序独占着它。",
            "the system does not let it be read: a missing permission, or a program that holds it.",
        ),
        mend=(
            "关闭正在打开它的表格软件，或检查读取权限、网盘是否已同步到本机",
            "close the program that has it open, or check the permission and that the cloud folder has fetched it",
        ),
        bad=("文件正被表格软件独占打开", "the file is held open by another program"),
        good=("关闭后再运行", "run again after closing it"),
    ),
    Code(
        "F103",
        _ERROR,
        title=("是文件夹，不是文件", "a folder, not a file"),
        message=("这里要一个文件，给的是文件夹", "a file is wanted here, and this is a folder"),
        why=(
            "文件夹里可能有好几个文件，不能替您挑一个。",
            "a folder may hold several files, and none is picked for you.",
        ),
        mend=("写出文件夹里那个文件的名字", "name the file in the folder"),
        bad=("--register 名册/", "--register registers/"),
        good=("--register 名册/清丰县.csv", "--register registers/qingfeng.csv"),
    ),
    Code(
        "F104",
        _ERROR,
        title=("文件是空的", "file is empty"),
        message=("文件里一个有内容的单元格也没有", "there is not one filled cell in the file"),
        why=(
            "空文件不是“全部为零”，也不是“没有问题”；多半是没存上或没下载完。",
            "an empty file is neither all zeros nor free of errors; probably it was not saved or not downloaded.",
        ),
        mend=(
            "打开看看内容还在不在，另存后重新报送",
            "open it to see whether the contents are there, save it and send it again",
        ),
        bad=("0 字节的文件；三张空工作表的工作簿", "a file of 0 bytes; a workbook of three blank sheets"),
        good=("至少有表头和一行数据的台账", "a ledger with a header and at least one row"),
    ),
    Code(
        "F105",
        _ERROR,
        title=("文件有打开密码", "file is encrypted"),
        message=("文件加了打开密码，读不了内容", "the file is encrypted: it needs a password to open"),
        why=(
            "不知道密码就一个字也读不到；本软件不收密码，也不破解。",
            "nothing in it can be read without the password, which starcheck neither asks for nor guesses.",
        ),
        mend=(
            "用表格软件打开，在“文件—信息—保护工作簿”里取消密码，另存后再报送（工作表保护不影响读取）",
            "open it, remove the password under File, Info, Protect Workbook, and save it (sheet protection may stay)",
        ),
        bad=("设了打开密码的 xlsx", "an xlsx with a password to open"),
        good=("只设工作表保护、不设打开密码", "sheet protection only, no password to open"),
    ),
    Code(
        "F106",
        _ERROR,
        title=("文件已损坏", "file is damaged"),
        message=("文件已损坏，读不出来（{reason}）", "the file is damaged and cannot be read ({reason})"),
        why=(
            "文件不完整或内部结构错乱，勉强读出来的数也不可信。",
            "it is incomplete or broken inside, and figures forced out of it could not be trusted.",
        ),
        mend=(
            "请报送单位用表格软件打开原件（软件会提示修复），另存为 xlsx 后重发",
            "ask the sender to open the original (the program offers to repair it), save it as xlsx and send it again",
        ),
        bad=("只传了一半的 xlsx", "an xlsx that was transferred by half"),
        good=("重新另存的 xlsx", "the same, saved anew"),
    ),
    Code(
        "F107",
        _NOTE,
        title=("文件夹里的文件被跳过", "file in the folder skipped"),
        message=("文件夹里的这个文件没有读：{reason}", "this file in the folder was not read: {reason}"),
        why=("没读的东西要说明，免得以为读过。", "what was not read is said, so that nobody believes it was."),
        mend=(
            "若是台账，另存为 xlsx 或 csv；不是则不用管",
            "if it is a ledger, save it as xlsx or csv; otherwise leave it",
        ),
        bad=("台账/说明.docx", "ledgers/notes.docx"),
        good=("台账/马庄桥镇.xlsx", "ledgers/maqiao.xlsx"),
    ),
    Code(
        "F108",
        _ERROR,
        title=("文件夹里没有台账", "no ledger in the folder"),
        message=("文件夹里没有可读的台账", "there is no ledger in the folder that can be read"),
        why=(
            "没有台账就没有评定对象，结果不会是“全部达标”。",
            "without a ledger there is nothing to rate, and that is not a pass.",
        ),
        mend=(
            "把各乡镇的 xlsx、xls、ods 或 csv 放进来，或换一个文件夹",
            "put the xlsx, xls, ods or csv files in it, or name another folder",
        ),
        bad=("只有 PDF 的文件夹", "a folder of PDFs"),
        good=("每个乡镇一个工作簿的文件夹", "a folder with one workbook per township"),
    ),
    Code(
        "F109",
        _NOTE,
        title=("文件当作名册", "file taken as register"),
        message=("这个文件当作名册读：{reason}", "this file was taken as the register: {reason}"),
        why=(
            "名册定下谁应当上报，是所有比例的分母。",
            "the register says who must report and is the denominator of every share.",
        ),
        mend=(
            "若它不是名册，移出这个文件夹，或用 --register 另指一个",
            "if it is not, move it out of the folder or name another with --register",
        ),
        bad=("往年名册混在台账文件夹里", "last year's register among the ledgers"),
        good=("文件夹里只有一份当年名册", "one register, this year's"),
    ),
    Code(
        "F110",
        _NOTE,
        title=("文件当作争创目标", "file taken as targets"),
        message=("这个文件当作争创目标读：{reason}", "this file was taken as the targets: {reason}"),
        why=("争创目标与评定结果并列，不影响星级。", "targets stand beside the result and do not change a tier."),
        mend=("若它不是争创目标，移出这个文件夹", "if it is not, move it out of the folder"),
        bad=("往年目标混在台账文件夹里", "last year's targets among the ledgers"),
        good=("文件夹里只有当年目标", "this year's targets only"),
    ),
    Code(
        "F111",
        _ERROR,
        title=("不是能读的表格", "not a spreadsheet that can be read"),
        message=("这是{kind}，不是能读的表格", "this is {kind}, not a spreadsheet that can be read"),
        why=(
            "文件按内容辨认，改扩展名没有用；网页和 XML 表格常被系统导出成 .xls。",
            "files are known by content, so renaming does not help; portals often export web pages as .xls.",
        ),
        mend=("用表格软件打开，另存为 xlsx 后报送", "open it in a spreadsheet program, save it as xlsx and send that"),
        bad=("导出.xls，里面其实是网页", "export.xls that is a web page inside"),
        good=("另存为 导出.xlsx", "saved as export.xlsx"),
    ),
    Code(
        "F112",
        _ERROR,
        title=("文件过大", "file is too large"),
        message=("文件过大，没有读：{reason}", "the file is too large and was not read: {reason}"),
        why=(
            "会占满内存的文件（包括恶意的“压缩炸弹”）一律不打开。",
            "a file that would fill the memory, a zip bomb among them, is not opened at all.",
        ),
        mend=(
            "只复制有数据的区域到新工作簿（删去远处的零散单元格和多余的行列），再另存",
            "copy the cells that hold data to a new workbook, without stray cells and surplus rows, and save it",
        ),
        bad=("除 30 行数据外，XFD1048576 里还有一个空格", "30 rows of data and one space in XFD1048576"),
        good=("只有数据区域的工作簿", "a workbook of the data alone"),
    ),
    Code(
        "F113",
        _WARNING,
        title=("含个人信息的列已丢弃", "column of private data dropped"),
        message=(
            "这一列像是{reason}，已丢弃，没有保存",
            "this column looks like {reason}; it was dropped and not kept",
        ),
        why=(
            "台账说的是村和支部；身份证号、个人电话不该在里面，也不会进入结果和数据库。",
            "ledgers are about villages and branches; ID and phone numbers of persons are not kept.",
        ),
        mend=("报送前删去这一列", "delete the column before sending"),
        bad=("书记身份证号 410922198001011328", "the secretary's ID number 410922198001011328"),
        good=("只报村名和指标", "names of villages and criteria only"),
    ),
    Code(
        "F114",
        _NOTE,
        title=("扩展名与内容不符", "extension does not match"),
        message=(
            "扩展名是 {extension}，内容其实是 {kind}，已按内容读取",
            "named {extension} but {kind} inside; it was read as what it is",
        ),
        why=(
            "读取以内容为准；表格软件打开这种文件会弹出警告。",
            "the content decides; spreadsheet programs warn when opening such a file.",
        ),
        mend=("另存为 xlsx，扩展名就对了", "save it as xlsx, and the name will be right"),
        bad=("xlsx 改名为 .xls", "an xlsx renamed to .xls"),
        good=("扩展名与格式一致", "a name that matches the format"),
    ),
    Code(
        "F115",
        _NOTE,
        title=("文本编码", "text encoding"),
        message=(
            "不是 UTF-8，按 {encoding} 读取（依据：{evidence}）",
            "not UTF-8; read as {encoding} (because of {evidence})",
        ),
        why=(
            "CSV 不写明自己的编码，认错就是乱码；所以说明按什么读的、凭什么。",
            "a CSV does not name its encoding and is nonsense under a wrong one, so choice and reason are shown.",
        ),
        mend=(
            "村名显示正常就不用管；否则另存为“CSV UTF-8”",
            "leave it if the names look right; otherwise save as CSV UTF-8",
        ),
        bad=("不带标记的 GBK 文件", "GBK without a mark"),
        good=("CSV UTF-8（逗号分隔）", "CSV UTF-8"),
    ),
    Code(
        "F116",
        _ERROR,
        title=("认不出文本编码", "text encoding unknown"),
        message=(
            "认不出文本编码：UTF-8 不合法，按 GB18030 读是乱码",
            "the encoding is unknown: not UTF-8, and nonsense as GB18030",
        ),
        why=(
            "按错的编码读会得到看着像字的乱码，村名全错。",
            "under a wrong encoding names turn into other characters without an error.",
        ),
        mend=(
            "用表格软件打开，另存为 xlsx 或“CSV UTF-8”",
            "open it in a spreadsheet program and save it as xlsx or CSV UTF-8",
        ),
        bad=("Big5 或西欧编码的 CSV", "a CSV in Big5 or Latin-1"),
        good=("CSV UTF-8（逗号分隔）", "CSV UTF-8"),
    ),
    Code(
        "F117",
        _ERROR,
        title=("一张工作表读不出来", "a sheet cannot be read"),
        message=(
            "这张工作表已损坏，没有读；其余工作表已读（{reason}）",
            "this sheet is damaged and was not read; the others were ({reason})",
        ),
        why=("少读一张表，村就可能缺报。", "units may be missing with the sheet that was not read."),
        mend=(
            "用表格软件打开（会提示修复），另存为 xlsx 后重新报送",
            "open it (the program offers to repair it), save it as xlsx and send it again",
        ),
        bad=("内部 XML 不完整的工作表", "a sheet whose XML is incomplete"),
        good=("重新另存的工作簿", "the workbook saved anew"),
    ),
    Code(
        "F118",
        _ERROR,
        title=("引号没有配对", "quotation mark never closed"),
        message=(
            "第 {line} 行开始的引号一直没有结束，后面的行都会混进一个单元格",
            "the quotation mark opened in line {line} never closes and would swallow the lines after it",
        ),
        why=("照这样读，后面的村会悄悄消失。", "read so, the units below would disappear without a word."),
        mend=(
            "删去或补上那个英文双引号，或另存为 xlsx",
            "remove or close that quotation mark, or save the file as xlsx",
        ),
        bad=('3,"李庄村,12', '3,"Lizhuang,12'),
        good=("3,李庄村,12", "3,Lizhuang,12"),
    ),
)
