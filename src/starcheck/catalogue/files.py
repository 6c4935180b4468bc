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
        mend_to_sender=(
            "县里没有找到这份文件，请再发一次",
            "the county has not got this file; please send it again",
        ),
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
        mend_to_sender=(
            "关闭正在打开它的表格软件，再发一次",
            "close the program that has it open, and send it again",
        ),
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
        mend_to_sender=(
            "用表格软件打开原件（软件会提示修复），另存为 xlsx 后重发",
            "open the original (the program offers to repair it), save it as xlsx and send it again",
        ),
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
        title=("里面没有台账", "no ledger in it"),
        message=("文件夹或压缩包里没有可读的台账", "there is no ledger in the folder or archive that can be read"),
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
        mend_to_sender=(
            "把 xlsx、xls、ods 或 csv 的台账放进去，重新发送",
            "put the ledgers (xlsx, xls, ods or csv) in it, and send it again",
        ),
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
            "文件按内容辨认，改扩展名没有用。",
            "files are known by content, so renaming does not help.",
        ),
        mend=("用表格软件打开，另存为 xlsx 后报送", "open it in a spreadsheet program, save it as xlsx and send that"),
        bad=("台账.numbers；改名成 xlsx 的数据库", "ledger.numbers, or a database renamed to xlsx"),
        good=("另存为 台账.xlsx", "saved as ledger.xlsx"),
    ),
    Code(
        "F112",
        _ERROR,
        title=("文件过大", "file is too large"),
        message=("文件过大，没有读：{reason}", "the file is too large and was not read: {reason}"),
        why=(
            "会占满内存的文件一律不打开。",
            "a file that would fill the memory is not opened at all.",
        ),
        mend=(
            "删去图片和多余的工作表再另存，或拆成几个文件；确实要读的，在 starcheck.toml 的 [limits] 里放宽 megabytes",
            "save it without pictures and surplus sheets, or as several files; or raise megabytes under [limits]",
        ),
        bad=("贴了几百张照片、解压后 2 GB 的工作簿", "a workbook of photographs that unpacks to 2 GB"),
        good=("只有数据的工作簿", "a workbook of the data alone"),
        mend_to_sender=(
            "删去图片和多余的工作表再另存，或拆成几个文件",
            "save it without pictures and surplus sheets, or as several files",
        ),
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
            "认不出文本编码：{reason}",
            "the encoding is unknown: {reason}",
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
    Code(
        "F119",
        _ERROR,
        title=("是 PDF，不是表格", "a PDF, not a spreadsheet"),
        message=("这是{kind}，里面没有单元格可读", "this is {kind}; there are no cells in it to read"),
        why=(
            "版式文件里只有印在纸上的字，认出来的数会错位、会缺，不能拿来评定。",
            "it holds print on a page; figures picked out of it are misplaced or missing and cannot be rated.",
        ),
        mend=(
            "请报送单位发打印这份文件用的原表格（xlsx）；PDF 转换出来的表格要逐格核对后再用",
            "ask the sender for the workbook it was printed from (xlsx); check a converted one cell by cell",
        ),
        bad=("马庄桥镇.pdf；改名成 xlsx 的 PDF 或 OFD", "maqiao.pdf, or a PDF renamed to xlsx"),
        good=("马庄桥镇.xlsx", "maqiao.xlsx"),
        mend_to_sender=(
            "发打印这份文件用的原表格（xlsx）；只有 PDF 的，照着填进台账",
            "send the workbook it was printed from (xlsx); if there is none, fill in the ledger from it",
        ),
    ),
    Code(
        "F120",
        _ERROR,
        title=("是图片，不是表格", "an image, not a spreadsheet"),
        message=(
            "这是图片（{kind}），里面没有单元格可读",
            "this is an image ({kind}); there are no cells in it to read",
        ),
        why=(
            "截图和照片里的数要靠人认，本软件不猜。",
            "figures in a screenshot or a photograph must be read by a person; nothing is guessed.",
        ),
        mend=(
            "请报送单位发原表格（xlsx），不要发截图或照片",
            "ask the sender for the workbook itself (xlsx) instead of a picture of it",
        ),
        bad=("手机拍的台账照片", "a photograph of the ledger"),
        good=("马庄桥镇.xlsx", "maqiao.xlsx"),
        mend_to_sender=(
            "发原表格（xlsx），不要发截图或照片",
            "send the workbook itself (xlsx) instead of a picture of it",
        ),
    ),
    Code(
        "F121",
        _ERROR,
        title=("是文字文档，不是表格", "a text document, not a spreadsheet"),
        message=("这是{kind}，不是工作簿", "this is {kind}, not a workbook"),
        why=(
            "文档里的表格没有行列地址，问题指不到格；改扩展名没有用，文件按内容辨认。",
            "tables in a document have no cell addresses; renaming does not help, as files are known by content.",
        ),
        mend=(
            "打开文档，选中表格复制，粘贴到新工作簿，另存为 xlsx 后报送",
            "open it, copy the table into a new workbook, save that as xlsx and send it",
        ),
        bad=("台账.docx、台账.wps，或改名成 xlsx 的 Word 文档", "ledger.docx, or one renamed to xlsx"),
        good=("台账.xlsx", "ledger.xlsx"),
    ),
    Code(
        "F122",
        _ERROR,
        title=("是演示文稿，不是表格", "a presentation, not a spreadsheet"),
        message=("这是演示文稿（{kind}），不是工作簿", "this is a presentation ({kind}), not a workbook"),
        why=(
            "幻灯片里的表格没有行列地址，读出来的数对不上格。",
            "tables on slides have no cell addresses to point at.",
        ),
        mend=(
            "把幻灯片里的表格复制到新工作簿，另存为 xlsx 后报送",
            "copy the table into a new workbook, save that as xlsx and send it",
        ),
        bad=("汇报.pptx", "slides.pptx"),
        good=("台账.xlsx", "ledger.xlsx"),
    ),
    Code(
        "F123",
        _ERROR,
        title=("是临时锁文件", "a lock file"),
        message=(
            "这是表格打开着的时候自动生成的锁文件，里面只有打开者的名字",
            "this is the lock file of an open workbook and holds only the name of whoever has it open",
        ),
        why=(
            "台账在名字不带 ~$ 的那个文件里；只发锁文件等于没有报。",
            "the ledger is in the file without ~$ in its name; a lock file alone reports nothing.",
        ),
        mend=(
            "关闭打开着的表格，发名字不带 ~$ 的那个文件",
            "close the workbook and send the file whose name has no ~$",
        ),
        bad=("~$马庄桥镇.xlsx", "~$maqiao.xlsx"),
        good=("马庄桥镇.xlsx", "maqiao.xlsx"),
    ),
    Code(
        "F124",
        _ERROR,
        title=("这种压缩包不能直接读", "an archive of a kind that is not read"),
        message=("这是 {kind} 压缩包，没有解开", "this is an archive ({kind}) and was not unpacked"),
        why=("压缩包里只有 zip 能直接读；没解开就不知道里面报了哪些村。", "of archives only zip is read directly."),
        mend=(
            "先解压，把里面的表格文件一起发，或重新压成 zip",
            "unpack it and send the workbooks in it, or pack them as a zip",
        ),
        bad=("台账.rar、台账.7z", "ledgers.rar, ledgers.7z"),
        good=("台账.zip，或解压后的文件夹", "ledgers.zip, or the unpacked folder"),
    ),
    Code(
        "F125",
        _ERROR,
        title=("是网页归档", "a web archive"),
        message=("这是网页归档（MHT）或邮件，不是工作簿", "this is a web archive (MHT) or a mail, not a workbook"),
        why=(
            "归档把网页和图片编码成一份文本，里面的表格读不出行列。",
            "an archive wraps pages and pictures into one text, in which no rows and columns can be read.",
        ),
        mend=(
            "用表格软件打开，另存为 xlsx 后报送；若是邮件，把附件另存出来",
            "open it in a spreadsheet program and save it as xlsx; of a mail, save the attachment",
        ),
        bad=("台账.mht；改名成 xls 的单个文件网页", "ledger.mht, or a single-file web page named .xls"),
        good=("另存为 台账.xlsx", "saved as ledger.xlsx"),
    ),
    Code(
        "F126",
        _ERROR,
        title=("网页里没有表格", "a web page without a table"),
        message=("网页里没有可读的表格：{reason}", "there is no table in this web page: {reason}"),
        why=(
            "“另存为网页”常把数据放进旁边的文件夹，单发这一个文件就只剩一个壳。",
            "saving as a web page puts the data into a folder beside it; this file alone is a shell.",
        ),
        mend=(
            "用表格软件打开原件，另存为 xlsx 后报送",
            "open the original in a spreadsheet program, save it as xlsx and send that",
        ),
        bad=("台账.htm，数据在 台账.files 文件夹里", "ledger.htm, with its data in the folder ledger.files"),
        good=("另存为 台账.xlsx", "saved as ledger.xlsx"),
    ),
    Code(
        "F127",
        _ERROR,
        title=("是一段文字，不是表格", "plain text, not a table"),
        message=(
            "这是一段纯文本，没有逗号、制表符之类的分隔，分不出列",
            "this is plain text: without commas, tabs or the like it has no columns",
        ),
        why=("没有分隔就不知道哪个数是哪一列的。", "without delimiters nobody knows which figure is of which column."),
        mend=(
            "把内容整理成一行一村、一列一项的表，另存为 xlsx 或 CSV",
            "arrange it as a table, a row per unit and a column per item, and save it as xlsx or CSV",
        ),
        bad=("东关村 集体收入二十一万", "Dongguan earned 210,000"),
        good=("村名,村集体经济收入（万元）", "name,income"),
    ),
    Code(
        "F128",
        _ERROR,
        title=("是数据文件，不是表格", "a data file, not a spreadsheet"),
        message=("这是{kind}，里面的结构本软件不认识", "this is {kind} of a structure that is not known here"),
        why=(
            "系统之间交换用的文件，哪一项是哪一列要由导出它的系统说明。",
            "it is meant for other systems; only the one that made it knows which item is which column.",
        ),
        mend=(
            "在导出它的系统里改选“导出 Excel”或 CSV；XML、标文通也可用 WPS 等表格软件打开后另存为 xlsx",
            "choose export to Excel or CSV in the system it came from, or open it in a spreadsheet program",
        ),
        bad=("导出.json、导出.xml", "export.json, export.xml"),
        good=("导出.xlsx、导出.csv", "export.xlsx, export.csv"),
    ),
    Code(
        "F129",
        _ERROR,
        title=("压缩包有密码", "archive is encrypted"),
        message=("压缩包加了密码，里面的文件读不出来", "the archive is encrypted and the files in it cannot be read"),
        why=(
            "不知道密码就一个字也读不到；本软件不收密码，也不破解。",
            "nothing in it can be read without the password, which starcheck neither asks for nor guesses.",
        ),
        mend=(
            "解压后发里面的文件，或重新压成不带密码的 zip",
            "unpack it and send the files, or pack them again without a password",
        ),
        bad=("设了解压密码的 台账.zip", "ledgers.zip with a password"),
        good=("不带密码的 台账.zip", "ledgers.zip without one"),
    ),
    Code(
        "F130",
        _ERROR,
        title=("无法辨认的文件", "a file of an unknown kind"),
        message=("这是{kind}，不是表格", "this is {kind}, not a spreadsheet"),
        why=(
            "内容不像任何一种表格、文档或文本；可能下载不完整，或发错了文件。",
            "it is like no spreadsheet, document or text: not fully downloaded perhaps, or the wrong file.",
        ),
        mend=(
            "核对是不是要发的文件；能用表格软件打开的，打开后另存为 xlsx",
            "check that it is the right file; if a spreadsheet program opens it, save it as xlsx",
        ),
        bad=("只剩乱码的 台账.xlsx", "ledger.xlsx full of noise"),
        good=("能打开的 台账.xlsx", "ledger.xlsx that opens"),
    ),
    Code(
        "F131",
        _ERROR,
        title=("打开后会膨胀", "grows when it is opened"),
        message=("文件打开后会膨胀，没有读：{reason}", "the file would grow on opening and was not read: {reason}"),
        why=(
            "小文件展开成极大的内容，或在 XML 里定义实体，是攻击文件的特征（“压缩炸弹”），正常表格不会这样。",
            "a small file that unpacks to a huge one, or XML that defines entities, is how attacks are made.",
        ),
        mend=(
            "请报送单位用表格软件打开原件，另存为 xlsx 后重发；来路不明的文件不要打开",
            "ask the sender to save the original as xlsx again; do not open a file of unknown origin",
        ),
        bad=("1 MB 的 xlsx 解压后 10 GB", "an xlsx of 1 MB that unpacks to 10 GB"),
        good=("重新另存的 xlsx", "the same, saved anew"),
        mend_to_sender=(
            "用表格软件打开原件，另存为 xlsx 后重发",
            "open the original in a spreadsheet program, save it as xlsx and send it again",
        ),
    ),
    Code(
        "F132",
        _ERROR,
        title=("单元格过多或太分散", "too many or too scattered cells"),
        message=("单元格过多或太分散，没有读：{reason}", "too many or too scattered cells; not read: {reason}"),
        why=(
            "远处一个不起眼的空格会把已用区域撑到几十亿格，占满内存。",
            "one stray blank far away spans billions of cells and fills the memory.",
        ),
        mend=(
            "只复制有数据的区域到新工作簿（删去远处的零散单元格和多余的行列），再另存",
            "copy the cells that hold data to a new workbook, without stray cells and surplus rows, and save it",
        ),
        bad=("除 30 行数据外，XFD1048576 里还有一个空格", "30 rows of data and one space in XFD1048576"),
        good=("只有数据区域的工作簿", "a workbook of the data alone"),
    ),
    Code(
        "F133",
        _ERROR,
        title=("一格里的内容过长", "a cell is too long"),
        message=("有一格的内容超过 {limit} 个字，没有读", "a cell holds more than {limit} characters; not read"),
        why=(
            "表格软件一格最多 32,767 个字；更长的多半是贴错了地方，或是攻击文件。",
            "spreadsheets allow 32,767 characters in a cell; more is a paste gone wrong, or an attack.",
        ),
        mend=("找出那一格，删去多余的内容，再另存", "find the cell, cut it down and save the file again"),
        bad=("备注里贴进了一整本文件", "a whole document pasted into a remark"),
        good=("备注写几句话", "a remark of a few sentences"),
    ),
    Code(
        "F134",
        _ERROR,
        title=("压缩包里的文件太多或套得太深", "too many files in an archive, or too deep"),
        message=("压缩包没有读全：{reason}", "the archive was not read in full: {reason}"),
        why=(
            "层层相套或成千上万个文件的压缩包会把电脑拖死；没读的村不能算已报。",
            "archives within archives, or of thousands of files, bring a computer to a halt.",
        ),
        mend=(
            "解压后把台账放进一个文件夹，直接读文件夹",
            "unpack it, put the ledgers into one folder and read that",
        ),
        bad=("县.zip 里是 镇.zip，镇.zip 里又是 村.zip", "a zip in a zip in a zip"),
        good=("一个 zip 里直接是各乡镇的 xlsx", "one zip with the workbooks of the townships"),
        mend_to_sender=(
            "把台账都放进一个文件夹，压成一个 zip（里面不再套压缩包）重发",
            "put the ledgers into one folder, and send it as one zip without archives in it",
        ),
    ),
    Code(
        "F135",
        _ERROR,
        title=("读得太久，已放弃", "took too long"),
        message=("读了 {seconds} 秒还没有读完，已放弃", "it was not read within {seconds} seconds and was given up"),
        why=(
            "正常的台账一两秒就读完；读不完的多半是损坏的或有意做坏的文件。",
            "an ordinary ledger takes a second or two; this one is damaged, or made to hang.",
        ),
        mend=(
            "只复制有数据的区域到新工作簿，另存为 xlsx；确实很大的，在 starcheck.toml 的 [limits] 里放宽 seconds",
            "copy its data to a new workbook and save that as xlsx; or raise seconds under [limits]",
        ),
        bad=("内部结构绕圈的文件", "a file whose inner structure goes in circles"),
        good=("重新另存的 xlsx", "the same, saved anew"),
        mend_to_sender=(
            "只复制有数据的区域到新工作簿，另存为 xlsx",
            "copy its data to a new workbook and save that as xlsx",
        ),
    ),
    Code(
        "F136",
        _NOTE,
        title=("压缩包里的文件被跳过", "file in the archive skipped"),
        message=("压缩包里的这个文件没有读：{reason}", "this file in the archive was not read: {reason}"),
        why=("没读的东西要说明，免得以为读过。", "what was not read is said, so that nobody believes it was."),
        mend=(
            "若是台账，另存为 xlsx 或 csv 再压进去；不是则不用管",
            "if it is a ledger, save it as xlsx or csv and pack it again; otherwise leave it",
        ),
        bad=("台账.zip 里的 说明.docx、__MACOSX", "notes.docx or __MACOSX in ledgers.zip"),
        good=("台账.zip 里的 马庄桥镇.xlsx", "maqiao.xlsx in ledgers.zip"),
    ),
    Code(
        "F137",
        _WARNING,
        title=("压缩包里的文件名不正常", "odd name in the archive"),
        message=(
            "压缩包里的名字“{name}”想指到别处去；内容已读，名字没有当路径用",
            "the name “{name}” in the archive points elsewhere; it was read, and the name not used as a path",
        ),
        why=(
            "带 ../ 或盘符的名字，解压软件可能把文件写到别处，覆盖别的文件。",
            "with ../ or a drive in its name an unpacking program may overwrite other files.",
        ),
        mend=(
            "请报送单位重新压缩；不要用别的软件解压这个包",
            "ask the sender to pack it again, and do not unpack this one",
        ),
        bad=("..\\..\\Windows\\台账.xlsx", "..\\..\\Windows\\ledger.xlsx"),
        good=("台账.xlsx", "ledger.xlsx"),
        mend_to_sender=(
            "重新压缩后再发",
            "pack it again, and send that",
        ),
    ),
    Code(
        "F138",
        _WARNING,
        title=("网页里看不见的或套着的内容", "hidden or nested content of a web page"),
        message=("{reason}", "{reason}"),
        why=(
            "网页里的表格怎么显示，和里面怎么写的不一样；两种读法可能不同，要人看一眼。",
            "what a page shows and what is written in it differ here; somebody should look.",
        ),
        mend=(
            "用表格软件打开，核对这一格，另存为 xlsx 后报送",
            "open it in a spreadsheet program, check this cell, and save it as xlsx",
        ),
        bad=("<td>12<span style=display:none>34</span></td>", "<td>12<span style=display:none>34</span></td>"),
        good=("另存为 xlsx", "saved as xlsx"),
    ),
    Code(
        "F139",
        _NOTE,
        title=("分隔符", "delimiter"),
        message=("列之间用{delimiter}分隔，已照此读取", "columns are separated by {delimiter}; read accordingly"),
        why=(
            "CSV 一般用逗号分列；用别的符号时说明是哪个，免得分错列。",
            "a CSV usually has commas; where it has something else, that is said.",
        ),
        mend=("列分得对就不用管；否则另存为 xlsx", "leave it if the columns are right; otherwise save it as xlsx"),
        bad=("村名；人口", "name;people"),
        good=("村名,人口", "name,people"),
    ),
    Code(
        "F140",
        _WARNING,
        title=("数据以外有个人号码", "private number outside the data"),
        message=(
            "这里有{kind}（{found}），没有采用，也没有保存",
            "there is {kind} here ({found}); it was not used and not kept",
        ),
        why=(
            "标题、落款、备注里的个人号码同样会随文件流传；结果和数据库里一概没有。",
            "private numbers in titles, remarks and footers travel with the file too; results and the store hold none.",
        ),
        mend=("报送前删去号码；留单位固定电话即可", "delete it before sending; an office's landline will do"),
        bad=("填表人：张某某 138****00", "填表人：张某某 138****00"),
        good=("填表人：张某某　电话：0393-7221234", "填表人：张某某　电话：0393-7221234"),
    ),
    Code(
        "F141",
        _WARNING,
        title=("文件名或工作表名里有个人号码", "private number in a file's or sheet's name"),
        message=(
            "名称“{found}”里有个人号码，已隐去中间几位",
            "the name “{found}” holds a private number; it is shown masked",
        ),
        why=(
            "名称会出现在每一份结果里，所以一律隐去。",
            "names appear in every result, so the number is masked everywhere.",
        ),
        mend=("改名，去掉号码", "rename it without the number"),
        bad=("台账-张某某138****00.xlsx", "台账-张某某138****00.xlsx"),
        good=("马庄桥镇6月台账.xlsx", "马庄桥镇6月台账.xlsx"),
    ),
    Code(
        "F143",
        _WARNING,
        title=("副本是重做的", "the copy was made anew"),
        message=(
            "原文件不能原样标注（{reason}），副本按读到的内容重做：公式只剩值，图表、底色、版式没有带过去",
            "the file could not be marked as it is ({reason}); its copy has values for formulas, no charts, no colours",
        ),
        why=("退回去的表最好是报送人自己的那一份。", "what goes back should be the sender's own workbook."),
        mend=(
            "请报送单位在原件上改，或另存为普通的 xlsx 再报",
            "let the sender mend the original, or save it as an ordinary xlsx",
        ),
        bad=("“Strict Open XML”格式的工作簿", "a workbook in the Strict form"),
        good=("“Excel 工作簿 (*.xlsx)”", "Excel workbook (*.xlsx)"),
    ),
    Code(
        "F144",
        _WARNING,
        title=("没有写出标注的副本", "no marked copy"),
        message=(
            "表太大，一张工作表放不下（最多 {reason}），只写了说明",
            "the table does not fit into a sheet ({reason} at most); only a note was written",
        ),
        why=("xlsx 的一张表有行数和列数的上限。", "a sheet of an xlsx has a limit of rows and columns."),
        mend=("按乡镇分成几个文件", "split the file by township"),
        bad=("一百二十万行的 CSV", "a CSV of 1.2 million rows"),
        good=("每个乡镇一个文件", "a file for each township"),
    ),
    Code(
        "F145",
        _WARNING,
        title=("没有对应的退回件", "no marked workbook for it"),
        message=(
            "退回的文件里没有与它对应的（按文件夹和文件名找），没有对照",
            "none of the marked workbooks is this one's (looked for by folder and name); it was not compared",
        ),
        why=("改了文件名，就不知道它答的是哪一份。", "under another name nobody knows which one it answers."),
        mend=("把文件名改回退回时的样子", "give it the name it was given back with"),
        bad=("马庄桥镇（改好）.xlsx", "马庄桥镇（改好）.xlsx"),
        good=("马庄桥镇2022年6月台账.xlsx", "马庄桥镇2022年6月台账.xlsx"),
    ),
    Code(
        "F146",
        _WARNING,
        title=("发回来的没有动过", "sent again untouched"),
        message=(
            "这一份和退回去的一模一样，一个字节也没有改",
            "this is the marked workbook as it was given back, to the last byte",
        ),
        why=("多半是发错了文件，或者还没有改。", "most likely the wrong file was sent, or nothing was mended yet."),
        mend=("请乡镇发改好的那一份", "ask the township for the mended one"),
        bad=("退回件原样发回", "the marked workbook sent back as it was"),
        good=("改好、存过的一份", "one that was mended and saved"),
    ),
    Code(
        "F147",
        _ERROR,
        title=("工作表太多", "too many sheets"),
        message=(
            "有 {count} 张工作表，超过 {limit} 张，没有读",
            "it has {count} sheets, more than {limit}, and was not read",
        ),
        why=(
            "一个县的村一村一张也不到这么多；几万张的多半是有意做坏的文件，逐张读会把电脑拖死。",
            "a sheet for each village of a county is fewer; tens of thousands are made to bring a computer to a halt.",
        ),
        mend=(
            "删去多余的工作表再另存，或拆成几个文件；确实要读的，在 starcheck.toml 的 [limits] 里放宽 sheets",
            "save it without surplus sheets, or as several files; or raise sheets under [limits]",
        ),
        bad=("同一张表列了两万次的工作簿", "a workbook that lists one sheet twenty thousand times"),
        good=("一村一张，或一镇一张", "a sheet for each village, or each township"),
        mend_to_sender=(
            "删去多余的工作表再另存，或拆成几个文件",
            "save it without surplus sheets, or as several files",
        ),
    ),
)
