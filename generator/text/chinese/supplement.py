"""Sounds of characters that the table of 平水韵 leaves out: variant shapes, and a few that it lacks.

The table lists each character in one shape, and scribes used others. ``VARIANTS`` names for such a
shape the one that the table has; ``SOUNDS`` gives the group itself where the table has no shape of
it; ``FURTHER`` adds readings to characters that the table has. The groups are those of 佩文詩韻 and
of 廣韻 under its merger into 106; only what is frequent enough in the complete Tang poems to matter
is here, and whatever is not here is looked for in the tables of OpenCC.
"""

from __future__ import annotations

__all__ = ["FURTHER", "SOUNDS", "VARIANTS"]

# The shape, then the one that the table has.
_VARIANTS = """
爲為 澘潸 却卻 衆眾 着著 迴回 羣群 疎疏 劒劍 牀床 荆荊 猨猿 岳嶽 鬬鬥 峯峰 堤隄 啓啟 幷并 斾旆 棹櫂 蘂蕊 堦階 臯皋 珮佩
廻回 鑒鑑 飜翻 秪只 暎映 棊棋 隣鄰 妬妒 凭憑 檝楫 脉脈 呌叫 珪圭 顇悴 牋箋 巵卮 鏁鎖 髣仿 逈迥 浣澣
鵶鴉 煉鍊 鉢缽 坂阪 讐讎 緜綿 缾瓶 壻婿 壠壟 敎教 栢柏 忻欣 棃梨 鸎鶯 筯箸 碁棋 帬裙 牕窗 藂叢 趂趁
邨村 懽歡 鱠膾 飡餐 虵蛇 徴徵 污汙 峩峨 鈎鉤 畧略 舃舄 汚汙 悞誤 欵款 穉稚 怱匆 鷄雞 湼涅 輙輒 搗擣
胷胸 廐廄 恡吝 炁氣 蕚萼 筭算 强強 磵澗 轝輿 塲場 鳯鳳 窓窗 尅克 狸貍 瑯琅 襃褒 槩概 凉涼 鉏鋤 斵斲
嵓巖 飱飧 菓果 頳赬 窻窗 悤匆 隟隙 蠭蜂 謌歌 陁陀 冲沖 皐皋 濶闊 羗羌 匳奩 遥遙 躭耽 勑敕 覊羈 迺乃
麄麤 翺翱 仝同 准準 刼劫 駞駝 鰕蝦 駈驅 鄽廛 緫總 竚佇 甎專 塼專 斅效 箒帚 悮誤 啣銜 捍扞 憇憩 糺糾
麏麇 踈疏 餙飾 攷考 朶朵 狥徇 呪咒 畊耕 墖塔 葅菹 婬淫 髠髡 覔覓 蹏蹄 蜨蝶 袵衽 簴虡 帀匝 壍塹 惣總
炰炮 蒭芻 抝拗 埜野 舡船 寃冤 殻殼 麕麇 鞵鞋 窰窯 廼乃 潄漱 嵗歲 顚顛 鬭鬥 忩匆 吊弔 騘驄 煑煮 醻酬
徃往 崐崑 彦彥 剏創 擕攜 嘷嗥 卭邛 鞾靴 樐櫓 恠怪 犇奔 虀齏 勌倦 蕋蕊 刦劫 敭揚 塠堆 囓齧 皷鼓 儛舞
茘荔 璚瓊 慿憑 蠒繭 鑛礦 幙幕 艸草 躶裸 酧酬 餻糕 曡疊 况況 凑湊 揔總 朞期 湌餐 鋭銳 騐驗 膓腸 稾稿
鵞鵝 尠鮮 攅攢 涖蒞 眎視 肎肯 菸煙 葢蓋 衘銜 閴闃 槖橐 牗牖 巓巔 鬪鬥 囘回 榘矩 烱炯 糓穀 衂衄 衺邪
郍那 鈆鉛 鎻鎖 髙高 熈熙 甞嘗 舘館 曽曾 罸罰 牎窗 妷姪 姙妊 寳寶 愽博 昬昏 櫉廚 玅妙 瑿翳 皃貌
眡視 瞖翳 硏研 聫聯 臈臘 襍雜 覇霸 觔斤 譌訛 豓豔 軃嚲 頥頤 頫俯 鬂鬢 龢和 縁緣 蝯猿 瀬瀨 顔顏
螙蠹 蠧蠹 銕鐵
"""

# The group, then the characters that belong to it. A character may stand in several.
_SOUNDS = """
上平一東 蔥葱朣椶
上平二冬 笻嗈疼
上平四支 隳鷥縲搘獼鷀鳷䍦犂秖霶厓敧攲
上平六魚 舁艅
上平七虞 爐菩蝴鸜葡鄜浯粗
上平八齊 犂啼嗁恓箆溪
上平十灰 腮顋坯瓌
上平十一真 珉
上平十三元 樽罇鵾鶤
上平十四寒 搬
下平一先 燃胭蝙氊臙
下平二蕭 顦飈飇嶤徭
下平三肴 抄
下平五歌 它挲
下平六麻 蟇鋣吒
下平七陽 昂嫦糠崗罡鸘螂麞獐
下平八庚 秔稉粳籝
下平九青 嚀
下平十蒸 姮絙
下平十一尤 瑠勾飀鰌
下平十二侵 沉
下平十三覃 慙慚
下平十四鹽 薝粘
上聲四紙 茝嘴躧屎粃
上聲六語 籞
上聲七麌 塢覩睹
上聲十賄 茝
上聲十一軫 僶
上聲十四旱 懶椀盌碗
上聲十五潸 剗盞
上聲十六銑 謇輭
上聲十七篠 騕
上聲十八巧 齩
上聲十九皓 稿藁槀掃
上聲二十三梗 穽
上聲二十四迥 並竝炅
去聲四寘 諡餵
去聲六御 覰覷濾
去聲七遇 袴
去聲八霽 蚋
去聲十一隊 瑇
去聲十二震 胤
去聲十四願 噀
去聲十五翰 熳
去聲十七霰 這遍徧鷰
去聲二十號 掃竈灶竃
去聲二十一箇 做
去聲二十二禡 吒咤
去聲二十四敬 穽
去聲二十五徑 另秤亙亘嵊
去聲二十六宥 嗅齅
入聲一屋 倏倐曝襆
入聲二沃 斸劚勖
入聲三覺 鷟啅矟珏
入聲四質 蟋戌窸飋隲崪
入聲五物 髴歘
入聲六月 襪韤韈袜
入聲七曷 撒拶枿蘖糵
入聲九屑 蘖糵鼈朅鴂桔
入聲十藥 雘礴
入聲十一陌 跡迹蹟郄
入聲十二錫 冪皙鸊闃
入聲十三職 鶒嘿蔔
入聲十四緝 澀澁
入聲十六葉 氎
"""

# Readings that the table lacks for characters that it has. Regulated poems show them: there each of
# these stands again and again where the readings of the table would break the tones.
_FURTHER = """
上平七虞 跗
上平八齊 鞞
上平十四寒 判
下平一先 先僊
下平三肴 茆
下平五歌 酇
下平六麻 槎
下平七陽 彊娼
上聲四紙 伎祗
上聲二十六寢 椹
去聲六御 轝
去聲七遇 喻
去聲十五翰 嘆
去聲二十三漾 倡
去聲二十五徑 凭
"""


def _listed(groups: str) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for line in groups.strip().split("\n"):
        group, _, characters = line.partition(" ")
        for character in characters:
            found.setdefault(character, set()).add(group)
    return {character: frozenset(groups) for character, groups in found.items()}


VARIANTS: dict[str, str] = {pair[0]: pair[1] for pair in _VARIANTS.split()}
SOUNDS: dict[str, frozenset[str]] = _listed(_SOUNDS)
FURTHER: dict[str, frozenset[str]] = _listed(_FURTHER)
