"""Sentences in many languages and scripts, and the encodings that people have saved such in."""

from __future__ import annotations

WESTERN = ("cp1252", "iso8859_15", "mac_roman", "cp850", "cp437")
CENTRAL = ("cp1250", "iso8859_2", "cp852")
CYRILLIC = ("cp1251", "koi8_r", "cp866", "iso8859_5", "mac_cyrillic")
JAPANESE = ("cp932", "euc_jp")
SPOKEN: dict[str, tuple[tuple[str, ...], str]] = {
    "French": (
        WESTERN,
        "Le café était fermé hier, à côté de l'hôtel; la fenêtre où dînait le garçon français "
        "reste ouverte. Voilà déjà une année que Noël est passé. Très âgée, la sœur sème du blé.",
    ),
    "German": (
        WESTERN,
        "Über die Brücke führt keine Straße; die Bäume blühen schön, das Gemüse wächst, Österreich "
        "grüßt. Die Universität eröffnet im Frühjahr größere Räume für fünfzehn Prüfungen.",
    ),
    "Spanish": (
        WESTERN,
        "El niño comió una manzana en el jardín; mañana irá a la estación. Según el médico, la "
        "situación económica mejoró. José pidió más información sobre el baño y la cigüeña.",
    ),
    "Portuguese": (
        ("cp1252", "mac_roman", "cp850"),
        "A informação não está disponível; você precisará de três cartões. O avô e a avó comeram "
        "maçãs às sete. As ações da região são públicas, também à noite, é lógico.",
    ),
    "Swedish": (
        WESTERN,
        "På fredag åker vi till Västerås för att köpa möbler; där är färgerna på väggarna blå "
        "och röda. Många älgar går över vägen, även på kvällen när det är mörkt.",
    ),
    "Danish": (
        ("cp1252", "mac_roman", "cp850"),
        "Køb af brød på øen kræver både tålmodighed og penge; ærlig talt får børnene også "
        "rødgrød. Så længe søen er åben, sejler skibet til København, når det blæser.",
    ),
    "Polish": (
        CENTRAL,
        "Książka leży na półce, a żółta łódka płynie powoli; ćwiczę wymowę słów. Być może "
        "źródło jest głębokie, świeże i czyste. Dziękuję, że Państwo przyszli mimo śniegu.",
    ),
    "Czech": (
        CENTRAL,
        "Příliš žluťoučký kůň úpěl ďábelské ódy; v létě máme šest týdnů volna. Děti běží přes "
        "řeku, číšník přináší čerstvé pečivo a večer svítí měsíc nad městem Třebíč.",
    ),
    "Hungarian": (
        CENTRAL,
        "A gyümölcsöt és a zöldséget a piacon árulják; hűvös őszi reggelen érkezett a vendég. "
        "Köszönöm szépen, de túl sűrű a köd, így később indulunk Győrből Szegedre.",
    ),
    "Russian": (
        CYRILLIC,
        "Сегодня утром поезд из Москвы прибыл вовремя; пассажиры вышли на перрон. Отчёт о выручке "
        "за год содержит подробные таблицы, объяснения и съёмку новых цехов.",
    ),
    "Bulgarian": (
        ("cp1251", "cp866", "iso8859_5"),
        "Градът се намира близо до морето; жителите му отглеждат рози и лозя. През лятото "
        "пристигат много гости, които търсят хубаво време и чист въздух.",
    ),
    "Greek": (
        ("cp1253", "iso8859_7"),
        "Η πόλη βρίσκεται κοντά στη θάλασσα και οι κάτοικοι ζουν από το ψάρεμα; το καλοκαίρι "
        "έρχονται πολλοί επισκέπτες για τις όμορφες παραλίες της Ελλάδας.",
    ),
    "Turkish": (
        ("cp1254", "iso8859_9"),
        "İstanbul'da yağmur yağıyor; çocuklar okuldan çıkıp eve dönüyor. Şehrin güneyindeki "
        "küçük köyde yaşlı bir çiftçi üzüm yetiştirir ve öğleden sonra balığa gider.",
    ),
    "Lithuanian": (
        ("cp1257", "iso8859_13"),
        "Šį rytą žmonės išėjo į turgų pirkti šviežių daržovių; už kampo stovėjo mažas žirgas. "
        "Ąžuolų šešėlyje ilsėjosi keliautojai, įpratę vaikščioti pėsčiomis.",
    ),
    "Hebrew": (
        ("cp1255", "iso8859_8"),
        "הרכבת מגיעה לתחנה בשעה שבע; הנוסעים ממתינים ברציף עם המזוודות. בקיץ נוסעים רבים אל הים.",
    ),
    "Arabic": (
        ("cp1256", "iso8859_6"),
        "يصل القطار إلى المحطة في الساعة السابعة وينتظر المسافرون على الرصيف مع الحقائب في الصيف.",
    ),
    "Thai": (
        ("cp874",),
        "รถไฟมาถึงสถานีเวลาเจ็ดโมงเช้า ผู้โดยสารรออยู่ที่ชานชาลา ในฤดูร้อนคนจำนวนมากเดินทางไปทะเล",
    ),
    "Japanese": (
        JAPANESE,
        "今年の売上高は前年より増加しました。東京と大阪の支店では新しい商品の販売が始まり、"
        "お客様から多くの注文をいただいています。明日の会議で詳しく説明します。",
    ),
    "Chinese": (
        ("gb18030",),
        "今年的销售额比去年增长了很多。北京和上海的分公司开始销售新产品，客户的订单数量不断增加。"
        "明天的会议上我们将详细说明这些情况。",
    ),
    "Chinese of Taiwan": (
        ("big5",),
        "今年的銷售額比去年增長了很多。台北和高雄的分公司開始銷售新產品，客戶的訂單數量不斷增加。"
        "明天的會議上我們將詳細說明這些情況。",
    ),
    "Korean": (
        ("cp949",),
        "올해의 매출은 작년보다 크게 늘었습니다. 서울과 부산의 지점에서 새로운 상품을 팔기 "
        "시작했고 고객의 주문이 계속 늘고 있습니다. 내일 회의에서 자세히 설명하겠습니다.",
    ),
}  # fmt: skip
EVERY_WAY = [
    (language, encoding) for language, (encodings, _) in SPOKEN.items() for encoding in encodings
]
SIGNS = (
    "©", "°C", "20 °C", "It’s", "don’t know", "–", "1990–2000", "a – b", "½", "1½ cups", "§",
    "§ 12", "“quoted”", "‘so’", "„so“", "5 €", "€", "£5", "£", "¥", "100 ¥", "®", "Acme®",
    "Acme™", "•", "• one", "…", "and so on…", "±2", "5 µm", "m²", "m³", "×", "3 × 4", "÷",
    "¿Qué?", "¡Ya!", "«oui»", "à", "é", "ñ", "ü", "Café", "Müller", "naïve", "Ångström", "Øre",
    "Señor", "Größe", "São Paulo", "Çelik", "Éire", "Århus", "Æ", "N° 5", "1º", "¶", "¢", "25¢",
    "rock ’n’ roll", "’90s", "boys’ team", "O’Brien", "a\u00a0b", "1\u00a0000", "Zoë", "Curaçao",
    "Ö", "50 ‰",
)  # fmt: skip
"""What a file in Windows-1252 may hold as its only letters or signs beyond ASCII."""
