"""B8: what can be wrong where nobody looks on: the batch's section of starcheck.toml, its lock, its counties."""

from __future__ import annotations

from starcheck.diagnostic import Code, Severity

_ERROR, _WARNING, _NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE

CODES: tuple[Code, ...] = (
    Code(
        "B801",
        _ERROR,
        title=("批处理设置里没有这一项", "No such setting of the batch"),
        message=("没有“{found}”这一项；能写的有：{expected}", "there is no setting {found}; there are: {expected}"),
        why=(
            "写错名字的设置不起作用。无人值守时没有人看得出来，所以先不运行。",
            "A setting under a wrong name does nothing, and unattended nobody would notice: nothing is run.",
        ),
        mend=("改成上面列出的名字，或删掉这一行", "use one of the names listed, or take the line out"),
        bad=('inbx = "收件"', 'inbx = "inbox"'),
        good=('inbox = "收件"', 'inbox = "inbox"'),
    ),
    Code(
        "B802",
        _ERROR,
        title=("设置的值不对", "The value of a setting does not fit"),
        message=("{field} 写的是 {found}，应为{expected}", "{field} is {found}; it has to be {expected}"),
        why=("不知道该照什么办，所以先不运行。", "What it asks for is not known, so nothing is run."),
        mend=("照要求改写", "write it as it has to be"),
        bad=('period = "上个月"', 'period = "last month"'),
        good=('period = "latest"', 'period = "latest"'),
    ),
    Code(
        "B803",
        _ERROR,
        title=("设置缺一项", "A setting is missing"),
        message=("缺少 {field}", "{field} is missing"),
        why=(
            "每个县要写明县名、收件文件夹和方案；三项可以写在 [batch] 里给各县共用（县名除外）。",
            "Each county needs its name, an inbox and a scheme; but for the name they may stand in [batch] for all.",
        ),
        mend=("补上这一项", "add it"),
        bad=("[[batch.county]] 下面只有 county", "[[batch.county]] with county alone"),
        good=("[[batch.county]] 有 county 和 inbox", "[[batch.county]] with county and inbox"),
    ),
    Code(
        "B804",
        _ERROR,
        title=("写明的文件或文件夹不在", "A file or folder that is named is not there"),
        message=(
            "{field} 写的“{found}”不在，或打不开",
            "{field} names {found}, which is not there or cannot be opened",
        ),
        why=(
            "少了名册会少核对，收件文件夹不在会什么也收不到；都不会自己报出来，所以这个县先不做，别的县照做。",
            (
                "Without its register a county is checked less, and from no inbox nothing comes; neither shows. "
                "This county is left out, the others are done."
            ),
        ),
        mend=(
            "建好文件夹、放好文件，或改正路径；相对路径从 starcheck.toml 所在的文件夹算起",
            "make the folder, put the file there, or mend the path, which is meant from the folder of starcheck.toml",
        ),
        bad=('inbox = "收件/清丰"，没有这个文件夹', 'inbox = "inbox/qingfeng", and no such folder'),
        good=('inbox = "收件/清丰县"', 'inbox = "inbox/qingfeng county"'),
    ),
    Code(
        "B805",
        _ERROR,
        title=("两处设置相互冲突", "Two settings collide"),
        message=("{found}：{reason}", "{found}: {reason}"),
        why=(
            "两处会写同一个结果、收同一批文件，或把结果当作台账再收一遍，结果取决于谁先谁后。",
            "Both would write the same results or take in the same files, or results would be taken for ledgers.",
        ),
        mend=("给它们各写一个 out、inbox 或 store", "give each an out, an inbox or a store of its own"),
        bad=("同一个县写了两遍", "the same county twice"),
        good=("每个县、每个方案一节，各有各的 out", "one table for each county and scheme, each with its own out"),
    ),
    Code(
        "B806",
        _ERROR,
        title=("方案用不了", "The scheme cannot be used"),
        message=("方案 {found} 用不了：{reason}", "scheme {found} cannot be used: {reason}"),
        why=(
            "没有方案就不能评定：用它的县先不做，别的县照做。",
            "Nothing can be rated without it: the counties that it is for are left out, the others are done.",
        ),
        mend=(
            "写方案的编号或文件；方案有错的先用 criteria lint 查",
            "write a scheme's 编号 or its file; criteria lint shows what is wrong with one",
        ),
        bad=('scheme = "五星"', 'scheme = "five-star"'),
        good=('scheme = "wuxing-rural"', 'scheme = "wuxing-rural"'),
    ),
    Code(
        "B807",
        _ERROR,
        title=("没有这种输出", "No such output"),
        message=("没有“{found}”这种输出；能写的有：{expected}", "there is no output {found}; there are: {expected}"),
        why=("写错了名字，就一直等不到这个文件。", "Under a wrong name the file would never come."),
        mend=("改成上面列出的一种", "write one of those listed"),
        bad=('outputs = ["排名.xlsx"]', 'outputs = ["ranking.xlsx"]'),
        good=('outputs = ["report.md", "rank.xlsx"]', 'outputs = ["report.md", "rank.xlsx"]'),
    ),
    Code(
        "B808",
        _ERROR,
        title=("方案没有规定这种输出", "The scheme has no rules for this output"),
        message=("方案 {expected} 没有规定，做不出 {found}", "scheme {expected} has no rules for {found}"),
        why=(
            "约谈提醒、奖励和日程都要照方案“月度”里的规定做，没有规定就不能编。",
            "Reminders, rewards and what is due follow 月度 of the scheme; without rules there is nothing to make.",
        ),
        mend=("从 outputs 里删掉，或在方案的“月度”里写明", "take it out of outputs, or write the rules into 月度"),
        bad=("方案没有奖励，outputs 里有 rewards.xlsx", "rewards.xlsx asked for, no 奖励 in the scheme"),
        good=("outputs 里只写方案有规定的", "outputs that the scheme has rules for"),
    ),
    Code(
        "B809",
        _ERROR,
        title=("没有写明要做哪些县", "No county to do"),
        message=("{found} 里没有 [[batch.county]]", "{found} has no [[batch.county]]"),
        why=("不写明县和收件文件夹，就没有事可做。", "Without counties and their inboxes there is nothing to do."),
        mend=(
            "每个县写一节 [[batch.county]]；starcheck init 建的 starcheck.toml 里有写法",
            "write a [[batch.county]] for each; the starcheck.toml of starcheck init shows how",
        ),
        bad=("只有 [batch]", "[batch] alone"),
        good=("[[batch.county]] 一节一个县", "a [[batch.county]] for each county"),
    ),
    Code(
        "B811",
        _ERROR,
        title=("另一个批处理正在运行", "Another batch is running"),
        message=(
            "{host} 上的进程 {pid} 从 {since} 起正在运行批处理（{found}）",
            "process {pid} on {host} has been running a batch since {since} ({found})",
        ),
        why=(
            "一个工作区同一时刻只运行一个批处理，否则两个会写同一个结果。",
            "A workspace has one batch at a time; two would write the same results.",
        ),
        mend=("等它做完再运行", "run again when it has finished"),
        bad=("上一次还没做完，定时任务又开始了", "the next run of cron begins before the last one has ended"),
        good=("隔的时间比做一次长", "more time between two runs than one takes"),
    ),
    Code(
        "B812",
        _NOTE,
        title=("上一次批处理没有做完就断了", "The last batch did not come to its end"),
        message=(
            "{host} 上的进程 {pid}（{since} 开始）没有做完就断了，由这一次接着做",
            "process {pid} on {host} (begun {since}) did not come to its end; this batch takes over",
        ),
        why=(
            "停电、关机或被强行结束时会这样。做完的县不重做，没做完的这一次做完。",
            "A power cut, a shutdown or a kill does that. What was finished stays, the rest is done now.",
        ),
        mend=("不用处理", "nothing to do"),
        bad=("运行到一半停电", "a power cut halfway"),
        good=("再运行一次，接着做完", "run again, and the rest is done"),
    ),
    Code(
        "B813",
        _ERROR,
        title=("锁是别的电脑的", "The lock is another computer's"),
        message=(
            "{found} 是 {host} 上的进程 {pid} 从 {since} 起持有的；那台电脑上做完没有，这里看不出来",
            "{found} has been held by process {pid} on {host} since {since}; whether it still is shows only there",
        ),
        why=(
            "工作区在网络盘上时，别的电脑可能正在运行；猜错了，两边会写同一个结果。",
            "On a network drive the other computer may be at work; after a wrong guess both would write one folder.",
        ),
        mend=(
            "到那台电脑上看；确实没有在运行的，删掉这个文件再运行",
            "look on that computer; if nothing runs there, delete the file and run again",
        ),
        bad=("两台电脑共用一个网络盘上的工作区", "two computers share a workspace on a network drive"),
        good=("只在一台电脑上运行批处理", "one computer runs the batch"),
    ),
    Code(
        "B814",
        _ERROR,
        title=("没法上锁", "No lock can be had"),
        message=("{found} 上不了锁：{reason}", "{found} cannot be locked: {reason}"),
        why=(
            "上不了锁，就不能保证同一时刻只有一个批处理。",
            "Without a lock two batches could run at once.",
        ),
        mend=("把工作区放在本机可写的磁盘上", "keep the workspace on a local disk that can be written to"),
        bad=("工作区在只读的盘上", "a workspace on a read-only disk"),
        good=("工作区在本机的硬盘上", "a workspace on the computer's own disk"),
    ),
    Code(
        "B821",
        _WARNING,
        title=("不知道是哪个月的文件", "A file of no known month"),
        message=(
            "收件文件夹里的这个文件，文件夹名、文件名、标题都没有说是哪个月的，没有收",
            "neither folder, file name nor title says which month this file is of; it was left out",
        ),
        why=("收错了月份，两个月的结果都会错。", "In a wrong month it would make two months wrong."),
        mend=(
            "放进以月份命名的文件夹（2022-10），或把月份写进文件名；名册、目标写进 register、targets",
            (
                "put it into a folder named by month (2022-10), or the month into its name; "
                "a register or targets are named by register and targets"
            ),
        ),
        bad=("收件/马庄桥镇.xlsx", "inbox/mazhuangqiao.xlsx"),
        good=("收件/2022-10/马庄桥镇.xlsx", "inbox/2022-10/mazhuangqiao.xlsx"),
    ),
    Code(
        "B822",
        _WARNING,
        title=("收件文件夹里没有要做的月份", "Nothing of the month that is asked for"),
        message=("收件文件夹里没有 {found} 的文件", "there is no file of {found} in the inbox"),
        why=("要么还没有报上来，要么月份写错了。", "Nothing has come yet, or the month is mistaken."),
        mend=("查 period 和收件文件夹", "look at period and at the inbox"),
        bad=('period = "2022-13"', 'period = "2202-10"'),
        good=('period = "all"', 'period = "all"'),
    ),
    Code(
        "B823",
        _ERROR,
        title=("写不了结果", "The results cannot be written"),
        message=("写不了 {found}：{reason}", "{found} cannot be written: {reason}"),
        why=("原来的结果没有动。评定已经记入历史库。", "What was there is as it was. The rating is in the store."),
        mend=(
            "关掉打开着的文件，腾出磁盘，查写入权限，再运行一次",
            "close what has files open, free some space, look at the permissions, and run again",
        ),
        bad=("有人用 Excel 开着结果", "somebody has the results open in Excel"),
        good=("关掉后再运行", "run again when they are closed"),
    ),
    Code(
        "B824",
        _ERROR,
        title=("做这个县的进程断了", "The process that did this county broke off"),
        message=(
            "做 {found} 的进程断了两次，没有做完；别的县照做",
            "the process that did {found} broke off twice and did not finish; the others were done",
        ),
        why=(
            "多半是内存不够，被系统结束了；也可能是某个文件让读表的程序崩溃。",
            "Most often the memory ran out and the system ended it; or a file makes the reader crash.",
        ),
        mend=(
            "把 jobs 写小些再运行；还断，把这个县的文件分几次收",
            "run with fewer jobs; if it breaks again, take the files in by and by",
        ),
        bad=("八个进程，四 GB 内存", "eight processes in four GB of memory"),
        good=("jobs = 2", "jobs = 2"),
    ),
    Code(
        "B825",
        _ERROR,
        title=("做这个县时程序出错", "The program failed at this county"),
        message=(
            "做 {found} 时程序内部出错（不是数据的问题）：{reason}；别的县照做",
            "an internal error at {found}, no problem of the data: {reason}; the others were done",
        ),
        why=("程序有毛病。经过在日志里。", "The program has a bug. How it came about is in the log."),
        mend=("把日志里的经过发给开发者", "send what the log says of it to the developers"),
        bad=("—", "—"),
        good=("—", "—"),
    ),
    Code(
        "B826",
        _WARNING,
        title=("撤销过的文件还在收件文件夹里", "A file that was taken back is still in the inbox"),
        message=(
            "这个文件 {period} 的记录已用 history undo 撤销，没有再记",
            "what was recorded of this file for {period} was undone with history undo; it was not recorded again",
        ),
        why=("自动再记一次，撤销就白撤了。", "Recorded again by itself, it would undo the undoing."),
        mend=(
            "不要的，从收件文件夹里拿走；还要用的，用 score 记录，或让乡镇重新发",
            "take it out of the inbox; or, if it is wanted after all, record it with score, or have it sent anew",
        ),
        bad=("撤销以后文件留在原处", "the file left where it was after the undo"),
        good=("换上更正的文件", "the corrected file in its place"),
    ),
    Code(
        "B827",
        _WARNING,
        title=("不在收件文件夹里了的文件还算数", "A file that is no longer in the inbox still counts"),
        message=(
            "{found} 不在收件文件夹的 {period} 里了，其中的数仍然算（{run}）",
            "{found} no longer lies in the inbox for {period}, and what it said still counts ({run})",
        ),
        why=(
            "收走文件不等于撤销。放错了月份的，挪走以后，错的数还在原来那个月里。",
            "To take a file away undoes nothing: moved to its right month, it still counts in the wrong one.",
        ),
        mend=(
            "只是收走的不用管；放错了月份的，按原名放进该有的那一份，或用 history undo 撤销、其余的用 score 重记",
            "put the right one there by that name, or undo the run and score the rest; nothing if it was only put away",
        ),
        bad=("五月的台账放进了六月的文件夹，后来挪走", "May's ledger in the folder of June, and then moved"),
        good=("六月的文件夹里放着六月的台账", "June's ledger in the folder of June"),
    ),
)
