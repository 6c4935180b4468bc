"""H7: what can be wrong with the store, and with what is asked of it."""

from __future__ import annotations

from types import MappingProxyType

from starcheck.diagnostic import Code, Severity, Text

CODES: tuple[Code, ...] = (
    Code(
        "H701",
        Severity.ERROR,
        ("历史库不能读写", "The store cannot be read or written"),
        ("历史库{found}不能读写：{reason}", "The store {found} cannot be read or written: {reason}"),
        (
            "评定结果要记入历史库，才能比较上月、补报一个乡镇、出报告。历史库打不开时，本次结果已经印出，但没有记下来。",
            (
                "Results are recorded so that months can be compared, one township can resend its workbook, and "
                "reports can be made. When the store cannot be opened, this run's result is printed but not recorded."
            ),
        ),
        (
            "换到可以写的文件夹，或用 --store 指定一个可写的位置；磁盘满了先腾出空间；只看结果可加 --no-store",
            (
                "Work in a folder you may write to, or name a writable place with --store; free some space if the "
                "disk is full; --no-store if the printed result is enough"
            ),
        ),
        ("--store /不存在的文件夹/starcheck.db", "--store /no-such-folder/starcheck.db"),
        ("--store 台账/starcheck.db", "--store ledgers/starcheck.db"),
    ),
    Code(
        "H702",
        Severity.ERROR,
        ("历史库正被占用", "The store is in use"),
        (
            "历史库{found}正被另一个程序写入，等了{seconds}秒仍未空出；本次什么也没有记入",
            (
                "The store {found} is being written by another program and did not come free in {seconds} seconds; "
                "nothing was recorded"
            ),
        ),
        (
            "同一时刻只能有一个程序写历史库，否则两次评定会互相覆盖。",
            "Only one program at a time writes to the store; otherwise two runs would overwrite each other.",
        ),
        (
            "等另一个 starcheck 或数据库工具用完（或关掉它），再运行一次；常要等的，把 store_wait 写大",
            (
                "Wait until the other starcheck or database tool has finished (or close it), then run again; where "
                "that happens often, raise store_wait in starcheck.toml"
            ),
        ),
        ("用数据库工具打开历史库并留着未提交的修改", "A database tool holds the store open with unsaved changes"),
        ("关掉数据库工具后再评定", "The database tool is closed before rating"),
    ),
    Code(
        "H703",
        Severity.ERROR,
        ("历史库比程序新", "The store is newer than the program"),
        (
            "历史库{found}是第{version}版格式，本程序只认到第{known}版",
            "The store {found} has schema version {version}; this program knows versions up to {known}",
        ),
        (
            "新版程序写的历史库，旧版程序不能保证读对，更不能往里写。",
            "An older program cannot be sure to read rightly what a newer one has written, and must not write to it.",
        ),
        ("升级 starcheck，再打开这个历史库", "Upgrade starcheck, then open this store"),
        ("用旧版程序打开新版程序的历史库", "An older program opens the store of a newer one"),
        ("两台电脑装同一版本", "The same version on both computers"),
    ),
    Code(
        "H704",
        Severity.ERROR,
        ("不是 starcheck 的历史库，或已损坏", "Not a starcheck store, or damaged"),
        ("{found}不是 starcheck 的历史库，或者已经损坏", "{found} is not a starcheck store, or it is damaged"),
        (
            "文件内容不是历史库的样子：可能选错了文件，也可能拷贝时断了、磁盘坏了。程序没有改动它。",
            (
                "The content is not that of a store: perhaps the wrong file, perhaps a broken copy or a bad disk. It "
                "was left as it is."
            ),
        ),
        (
            "核对文件名；确是历史库的，用 starcheck history restore 从备份恢复",
            "Check the file name; if it is the store, bring back a backup with starcheck history restore",
        ),
        ("--store 6月台账.xlsx", "--store ledger.xlsx"),
        ("--store starcheck.db", "--store starcheck.db"),
    ),
    Code(
        "H705",
        Severity.WARNING,
        ("新表缺了原有的单位，沿用旧数据", "Units missing from the new file keep their old rows"),
        (
            "{township}{kind}：新表缺{count}个上次报过的单位，沿用旧数据：{found}",
            "{township}, {kind}: {count} units reported before are not in the new file and keep old rows: {found}",
        ),
        (
            "补报的表常常只有改过的几行。没有写到的单位不等于撤销，所以保留原来的数据，并注明来自哪一次。",
            (
                "A resent workbook often has only the corrected rows. A unit that is not in it has not withdrawn, so "
                "its earlier row is kept, marked with the run that it is from."
            ),
        ),
        (
            "确实不再上报这些单位的，加 --replace 重新评定；漏掉的，补齐后重报",
            (
                "If these units are indeed no longer reported, run again with --replace; if they were forgotten, add "
                "them and resend"
            ),
        ),
        ("33个村的乡镇，补报的表只有32个村", "A township of 33 villages resends a workbook of 32"),
        ("补报的表仍有全部33个村", "The resent workbook still has all 33 villages"),
    ),
    Code(
        "H706",
        Severity.ERROR,
        ("不止一个县相符", "More than one county matches"),
        ("“{found}”与不止一个县相符：{expected}", "“{found}” matches more than one county: {expected}"),
        (
            "几个县都说得通时，程序不替人挑选。",
            "Where several counties fit, the program does not choose.",
        ),
        ("写出县的全称", "Give the county's full name"),
        ("--county 清（历史库里有清丰县、清河县）", "--county 清 (the store has 清丰县 and 清河县)"),
        ("--county 清丰县", "--county 清丰县"),
    ),
    Code(
        "H707",
        Severity.ERROR,
        ("没有记录", "Nothing is recorded"),
        ("历史库里没有{found}的记录；有记录的：{expected}", "The store has nothing for {found}; it has: {expected}"),
        (
            "报告只出自历史库里已经记下的评定。",
            "Reports come only from what has been recorded.",
        ),
        (
            "先用 starcheck score 评定并记入历史库，或核对县名、月份、方案、历史库位置",
            "Rate first with starcheck score, which records, or check the county, month, scheme and the store's place",
        ),
        ("--county 清丰 --period 2022-13", "--county 清丰 --period 2022-13"),
        ("--county 清丰 --period 2022-06", "--county 清丰 --period 2022-06"),
    ),
    Code(
        "H708",
        Severity.ERROR,
        ("没有这次运行", "No such run"),
        ("历史库里没有编号为“{found}”的运行", "The store has no run called “{found}”"),
        (
            "每次运行有一个编号，由序号和校验码的前八位组成；只写序号也可以。",
            "Every run has a number and the first eight digits of its checksum for a name; the number alone will do.",
        ),
        ("用 starcheck history list 看有哪些运行", "See which runs there are with starcheck history list"),
        ("starcheck history show 99", "starcheck history show 99"),
        ("starcheck history show 3-5f2c91ab", "starcheck history show 3-5f2c91ab"),
    ),
    Code(
        "H709",
        Severity.ERROR,
        ("这次运行已经撤销", "The run is already undone"),
        ("运行{found}已于{when}撤销，没有再做改动", "Run {found} was undone on {when} already; nothing was changed"),
        (
            "撤销只做一次；撤销过的运行留在历史库里，但不再计入。",
            "A run is undone once; it stays in the store, marked, and no longer counts.",
        ),
        (
            "要恢复它的内容，用原来的文件重新评定一次",
            "To have its content back, rate the same files again",
        ),
        ("连续两次 starcheck history undo 3", "starcheck history undo 3, twice"),
        ("starcheck history undo 3，一次", "starcheck history undo 3, once"),
    ),
    Code(
        "H710",
        Severity.ERROR,
        ("备份或恢复的位置有问题", "The place of the backup or the restored store will not do"),
        ("{found}：{reason}", "{found}: {reason}"),
        (
            "备份和恢复都不覆盖已有的文件，除非明说；写不成时，原有的文件保持原样。",
            "Neither backup nor restore overwrites a file unless told to; where writing fails, what was there stays.",
        ),
        (
            "换一个文件名，或核对文件夹；确要覆盖的加 --force",
            "Choose another file name, or check the folder; --force if the file there is to be overwritten",
        ),
        ("starcheck history backup 已有的文件.db", "starcheck history backup existing-file.db"),
        ("starcheck history backup 备份/2022-06.db", "starcheck history backup backups/2022-06.db"),
    ),
    Code(
        "H711",
        Severity.WARNING,
        ("这些文件已经记过，后来又有新的", "These files are recorded already, and newer ones since"),
        (
            "同样的评定已记为运行{found}，没有再记；但{township}后来由运行{newer}更新，报告以后者为准",
            (
                "The same run is recorded as {found} and was not recorded again; but {township} has been renewed "
                "since by run {newer}, which is what reports show"
            ),
        ),
        (
            "同样的文件再评一次，仍是同一次运行；它不会盖过后来补报的内容。",
            "The same files again are the same run; they do not displace what was resent later.",
        ),
        (
            "要回到这些文件的内容，用 starcheck history undo {newer} 撤销后来的运行",
            "To go back to the content of these files, take the later run back: starcheck history undo {newer}",
        ),
        ("补报之后，又评了一次补报之前的旧文件", "After the resent workbook, the old one is rated once more"),
        ("先撤销补报的那次运行", "The run of the resent workbook is undone first"),
    ),
    Code(
        "H712",
        Severity.ERROR,
        ("不止一个方案有记录", "More than one scheme is recorded"),
        ("{found}有不止一个方案的记录：{expected}", "{found} is recorded under more than one scheme: {expected}"),
        (
            "一个县可以同时用几个方案（例如农村和城市），各自成表；程序不替人挑选。",
            (
                "A county may use several schemes at once (rural and urban, say), each with its own table; the "
                "program does not choose."
            ),
        ),
        ("用 --scheme 指明方案编号", "Name the scheme with --scheme"),
        ("starcheck report --county 清丰", "starcheck report --county 清丰"),
        (
            "starcheck report --county 清丰 --scheme wuxing-rural",
            "starcheck report --county 清丰 --scheme wuxing-rural",
        ),
    ),
    Code(
        "H713",
        Severity.ERROR,
        ("共享数据库另行备份", "A shared database is backed up otherwise"),
        (
            "{found}是 PostgreSQL 数据库，备份和恢复请用 pg_dump 和 pg_restore",
            "{found} is a PostgreSQL database: use pg_dump and pg_restore to back it up and to restore it",
        ),
        (
            "starcheck 只备份单个文件的历史库；服务器上的数据库有它自己的备份办法，里面也可能有别人的数据。",
            (
                "starcheck backs up a store that is a single file; a database server has its own ways, and may hold "
                "other people's data too."
            ),
        ),
        ("请数据库管理员用 pg_dump 备份", "Ask the database's administrator to back it up with pg_dump"),
        (
            "starcheck history backup 备份.db --store postgresql://…",
            "starcheck history backup copy.db --store postgresql://…",
        ),
        ("pg_dump -Fc -f 备份.dump …", "pg_dump -Fc -f copy.dump …"),
    ),
    Code(
        "H714",
        Severity.ERROR,
        ("还没有历史库", "There is no store yet"),
        ("{found}还不存在，没有什么可看的", "{found} does not exist yet, so there is nothing to show"),
        (
            "历史库在第一次评定时建立；看报告、列运行、备份都要先有历史库。",
            "The store is made by the first rating; reports, lists of runs and backups need one to be there.",
        ),
        (
            "先用 starcheck score 评定一次；历史库在别处的，用 --store 指明",
            "Rate once with starcheck score; if the store lies elsewhere, name it with --store",
        ),
        ("在没有评定过的文件夹里 starcheck report --county 清丰", "starcheck report --county 清丰 in a fresh folder"),
        ("starcheck report --county 清丰 --store 台账/starcheck.db", "starcheck report --store ledgers/starcheck.db"),
    ),
    Code(
        "H715",
        Severity.ERROR,
        ("不止一次运行相符", "More than one run matches"),
        ("“{found}”与不止一次运行相符：{expected}", "“{found}” matches more than one run: {expected}"),
        (
            "校验码写得太短时，几次运行都可能相符；程序不替人挑选。",
            "Too few digits of the checksum may fit several runs; the program does not choose.",
        ),
        ("写出完整的编号，或只写序号", "Give the whole name, or the number alone"),
        ("starcheck history show 5f2c", "starcheck history show 5f2c"),
        ("starcheck history show 3", "starcheck history show 3"),
    ),
    Code(
        "H716",
        Severity.ERROR,
        ("数据库连接不上", "The database cannot be reached"),
        ("数据库{found}连接不上：{reason}", "The database {found} cannot be reached: {reason}"),
        (
            "共享历史库在数据库服务器上；连接不上时，本次结果已经印出，但没有记下来。",
            (
                "A shared store lives on a database server; when it cannot be reached, this run's result is printed "
                "but not recorded."
            ),
        ),
        (
            "核对地址、用户名、密码和网络；缺驱动的，安装 starcheck[pg]",
            (
                "Check the address, the user, the password and the network; if the driver is missing, install "
                "starcheck[pg]"
            ),
        ),
        ("--store postgresql+psycopg://错的主机/starcheck", "--store postgresql+psycopg://wrong-host/starcheck"),
        ("--store postgresql+psycopg://用户@主机/starcheck", "--store postgresql+psycopg://user@host/starcheck"),
    ),
    Code(
        "H717",
        Severity.WARNING,
        ("以前记录的值换不过来", "What was recorded earlier does not convert"),
        (
            "{units} 个单位的“{found}”是按改动以前的方案记录的，现在不能用：{reason}",
            "“{found}” of {units} units was recorded by the scheme as it was before, and is of no use now: {reason}",
        ),
        (
            "一个月里改了单位、类型或列名，先报的乡镇还是按原来的记录的；照编号硬套，亩会当成平方米。",
            "Units, types or spellings changed within a month, and who had reported before is recorded as it was then.",
        ),
        ("把这些乡镇的台账再评一次，就按现在的方案记录。", "Rate the ledgers of those townships again."),
        ("6 月 10 日按亩记录，6 月 20 日改成 %", "recorded in 亩 on 10 June, changed to % on 20 June"),
        ("改完把先报的乡镇再评一次", "rate those who reported before once more after the change"),
    ),
    Code(
        "H718",
        Severity.ERROR,
        ("已经终评", "The month is final"),
        (
            "{found} 已于 {when} 终评（{run}），没有再改",
            "{found} was made final on {when} ({run}); nothing was changed",
        ),
        (
            "终评是对外发布的结果，不能顺手改掉；要改的，写明原因，作为更正记下来，报告上看得见。",
            (
                "A final result has been published, so it is not changed in passing; a change gives its reason, is "
                "recorded as a correction, and is shown in the report."
            ),
        ),
        (
            (
                '确要更正的，加 --correction "原因" 再运行一次；在 batch 里的，用 score 文件 --correction "原因" '
                "单独评那个文件；终评这一次本身不能撤销"
            ),
            (
                'To correct it, run again with --correction "why"; a file that came to a batch is scored by itself: '
                'score FILE --correction "why"; the final result itself cannot be undone'
            ),
        ),
        ("终评以后又评了一个乡镇的补报", "A resent workbook is rated after the month was made final"),
        (
            'starcheck score 补报.xlsx --correction "县纪委更正了一票否决"',
            'starcheck score resent.xlsx --correction "the veto list was corrected"',
        ),
    ),
    Code(
        "H719",
        Severity.ERROR,
        ("还不能终评", "The month cannot be made final yet"),
        ("{found}还不能终评：{reason}", "{found} cannot be made final: {reason}"),
        (
            "终评以后不再改动，所以待核实的、没有上报的要先弄清；弄不清也要定下来的，写明原因。",
            (
                "What is final changes no more, so what is unknown or was not reported is settled first; where it "
                "cannot be, the reason is given."
            ),
        ),
        (
            '先补齐再终评；仍要定下来的，加 --despite "原因"',
            'Complete it first; to make it final all the same, add --despite "why"',
        ),
        ("还有20个村有待核实的项", "20 villages still have unknown criteria"),
        (
            'starcheck history finalize --county 清丰 --despite "县评定会议 2022-07-05"',
            'starcheck history finalize --county 清丰 --despite "decided on 2022-07-05"',
        ),
    ),
    Code(
        "H720",
        Severity.ERROR,
        ("库里的内容与记下时不符", "What is stored is not what was recorded"),
        ("{found}：{reason}", "{found}: {reason}"),
        (
            "每次运行记下时都算过校验码。对不上的，是后来有人用别的工具改过，或者文件损坏；据此作出的结论不能再用。",
            (
                "A checksum was taken of every run when it was recorded. Where it does not fit, somebody changed the "
                "store with another tool, or the file is damaged; nothing that rests on it can be relied on."
            ),
        ),
        (
            "用 starcheck history restore 换回改动以前的备份；没有备份的，用原来的台账重新评定",
            "Put a backup of before the change back with starcheck history restore; else rate the ledgers again",
        ),
        ("用数据库工具把一个村的星级从三改成四", "Somebody sets a village's tier from 3 to 4 with a database tool"),
        ("只通过 starcheck 写历史库", "The store is written to by starcheck alone"),
    ),
    Code(
        "H721",
        Severity.ERROR,
        ("现在算出来与终评不同", "It comes out otherwise than the final result"),
        (
            "{count}个单位现在算出来与终评（{run}）不同：{found}；以终评为准",
            "{count} units come out otherwise than in the final result ({run}): {found}; the final result stands",
        ),
        (
            "报告按库里的数据重新算；换了程序版本，算法可能变了。终评已经发布，不因此改变。",
            (
                "Reports are computed anew from what is stored, and another version of the program may compute "
                "otherwise. What has been published does not change by that."
            ),
        ),
        (
            "用 starcheck history replay {run} 看哪里不同；要发布新结果的，作为更正重新评定",
            "See what differs with starcheck history replay {run}; to publish the new result, record a correction",
        ),
        ("升级程序以后印去年的终评", "Last year's final result is printed by a newer version"),
        ("用终评时的版本印", "It is printed by the version that made it"),
    ),
    Code(
        "H722",
        Severity.ERROR,
        ("历史库的格式比程序旧", "The store's schema is older than the program"),
        (
            "历史库{found}是第{version}版格式，本程序是第{known}版；只看不写时不能改动它",
            "The store {found} has schema version {version}, this program {known}; a dry run leaves it so",
        ),
        (
            "第一次真正使用时，程序会把历史库更新到自己的格式；--dry-run 什么也不写，所以读不了旧格式。",
            "The first real use brings a store up to date. --dry-run writes nothing and so cannot read an older one.",
        ),
        (
            "先运行一次别的命令，例如 starcheck history list",
            "Run another command first, such as starcheck history list",
        ),
        ("升级以后第一次就用 --dry-run", "--dry-run as the first thing after an upgrade"),
        ("升级以后先运行一次 history list", "history list once after the upgrade"),
    ),
)

UNFIT: MappingProxyType[str, Text] = MappingProxyType(
    {
        "open": (
            "{unreported}个单位没有上报，{open}个单位还有待核实的",
            "{unreported} units have not reported, {open} units have something unknown",
        ),
        "changed": (
            "评定期间又有新的记录，请再运行一次",
            "something was recorded while it was being rated; run again",
        ),
    }
)
"""Why a month cannot be made final, for the slot ``{reason}`` of H719."""

UNLIKE: MappingProxyType[str, Text] = MappingProxyType(
    {
        "text": (
            "方案、名册、目标或联审回复的原文被改过",
            "the text of a scheme, register, targets or reply was changed",
        ),
        "text_missing": (
            "方案、名册、目标或联审回复的原文不在了",
            "the text of a scheme, register, targets or reply is gone",
        ),
        "rows": (
            "{township}{kind}第{number}版的台账内容被改过",
            "the rows of {township} {kind}, revision {number}, were changed",
        ),
        "identity": (
            "期次、评定日、文件、设置中有被改过的",
            "its period, day, files or settings were changed",
        ),
        "results": ("星级或判定被改过", "tiers or verdicts were changed"),
        "gap": ("这次运行不在了", "the run is gone"),
        "database": ("数据库自检没有通过：{what}", "the database fails its own check: {what}"),
        "replay": (
            "同一版本按库里的台账重算，{count}处不同",
            "computed again by the same version from the stored rows, {count} things differ",
        ),
    }
)
"""What is not as it was stored, for the slot ``{reason}`` of H720."""

REASONS: MappingProxyType[str, Text] = MappingProxyType(
    {
        "no_folder": ("文件夹不存在", "the folder does not exist"),
        "is_folder": ("这是一个文件夹", "it is a folder"),
        "not_writable": ("没有权限，或所在的文件夹不能写", "no permission, or its folder cannot be written to"),
        "read_only": ("文件是只读的", "the file is read-only"),
        "disk_full": ("磁盘已满", "the disk is full"),
        "disk_error": ("磁盘读写出错", "the disk failed to read or write"),
        "exists": ("已经有这个文件，没有覆盖", "a file is there already and was not overwritten"),
        "same_file": ("它就是历史库本身", "it is the store itself"),
        "no_backup": ("没有这个备份文件", "there is no such backup file"),
        "in_use": ("文件正被另一个程序打开", "the file is open in another program"),
        "bad_url": (
            "地址写法不对，只认 sqlite 和 postgresql",
            "the address is not understood; only sqlite and postgresql",
        ),
        "no_driver": ("缺少 PostgreSQL 驱动 psycopg", "the PostgreSQL driver psycopg is not installed"),
        "unreachable": ("服务器没有应答，或拒绝了连接", "the server did not answer, or refused the connection"),
        "no_schema": ("地址里写的模式（schema）不存在", "there is no schema of the name in the address"),
        "encoding": (
            "这个数据库的编码存不了中文；用 UTF8 编码另建一个",
            "the database's encoding cannot hold Chinese; create one with ENCODING 'UTF8'",
        ),
        "not_permitted": ("这个用户没有建表或写入的权限", "this user may not create tables or write"),
    }
)
"""Why, for the slot ``{reason}`` of H701, H710 and H716."""
