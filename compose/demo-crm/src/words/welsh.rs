//! The CRM's own words in Welsh. What the workers say comes in the person's language as it is.

use crate::words::Words;

/// The words of every page.
pub const WELSH: Words = Words {
    // The frame.
    product: "CRM Myfyrwyr: demo",
    skip: "Neidio i'r cynnwys",
    menu: "Dewislen",
    error: "Gwall",
    problem: "Mae problem",
    footer:
        "Demo yw hwn: nid oes data neb yma, ni anfonir dim at neb, ac anghofir popeth pan ddaw i \
         ben.",
    to_start: "I'r dechrau",
    back: "Yn ôl",
    go_on: "Parhau",
    show: "Dangos",
    copied: "Copïwyd",
    units: "mun eil",
    no_answer: "Ni allwn wirio hynny ar hyn o bryd. Rhowch gynnig arall arni.",
    not_found: "Nid oes tudalen o'r fath",
    not_found_more: "Efallai fod y cyfeiriad wedi'i gamdeipio, neu nad yw'r dudalen yno mwyach.",
    forbidden: "I weinyddwyr defnyddwyr y mae'r dudalen hon",
    forbidden_more: "Mewngofnodwch fel gweinyddwr i'w gweld.",
    old_form: "Nid yw'r ffurflen honno'n ddilys mwyach",
    old_form_more:
        "Daeth o dudalen sy'n rhy hen, neu o wefan arall. Ni wnaed dim. Ewch yn ôl, llwythwch y \
         dudalen eto, a rhowch gynnig arall arni.",
    // E-mail and password.
    log_in: "Mewngofnodi",
    log_out: "Allgofnodi",
    logged_out: "Rydych wedi allgofnodi.",
    email: "Cyfeiriad e-bost",
    password: "Cyfrinair",
    wrong_password:
        "Nid yw'r cyfeiriad e-bost neu'r cyfrinair yn gywir. Gwiriwch y ddau a rhowch gynnig \
         arall arni.",
    people: "Pwy y gallwch fod",
    people_more:
        "Nid yw'r bobl hyn yn bod, felly mae eu cyfrineiriau yma. Mae pob un ar ddechrau stori.",
    name: "Enw",
    try_this: "Beth i'w roi ar brawf",
    email_and_password: "E-bost a chyfrinair",
    fill_in: "Llenwi",
    // The code.
    enter_code: "Rhowch god",
    enter_totp: "Rhowch y cod o'ch ap dilysu",
    enter_sms: "Rhowch y cod o neges destun",
    enter_backup: "Rhowch god wrth gefn",
    code_totp: "Cod o'ch ap dilysu",
    code_sms: "Cod o'r neges destun",
    code_backup: "Cod wrth gefn",
    hint_totp: "Chwe digid. Mae'r ap yn dangos rhai newydd bob 30 eiliad.",
    hint_sms:
        "Chwe llythyren fach a digid. Gallwch roi cynnig ar bob neges unwaith, a dim ond yr un \
         ddiweddaraf sy'n cyfrif. Os nad oes gennych neges eto, gofynnwch am un yn gyntaf.",
    hint_sms_set_up:
        "Chwe llythyren fach a digid. Gallwch roi cynnig ar bob neges unwaith, a dim ond yr un \
         ddiweddaraf sy'n cyfrif.",
    hint_backup:
        "Un ar bymtheg o lythrennau a digidau, o'r codau a gadwyd gennych. Mae pob un yn ddilys \
         unwaith.",
    no_code: "Rhowch y cod.",
    remember: "Cofio'r porwr hwn am 30 diwrnod",
    remember_hint: "Peidiwch â thicio hwn ar gyfrifiadur a rennir.",
    send_text: "Anfon cod drwy neges destun",
    send_new_text: "Anfon cod newydd",
    text_free: "Mae'r neges yn mynd i'r rhif symudol rydych wedi'i osod.",
    text_in: "Gallwch ofyn am neges arall ymhen {}.",
    text_over: "Gallwch ofyn am neges arall nawr.",
    wait_in: "Gallwch roi cynnig ar god arall ymhen {}.",
    wait_over: "Gallwch roi cynnig ar god arall nawr.",
    methods: "Ffyrdd o fewngofnodi",
    no_method: "Ni allaf ddefnyddio'r un o'r rhain",
    no_methods: "Ni ellir defnyddio'r un o'ch dulliau ar hyn o bryd.",
    ask_admin: "Gall eich gweinyddwr defnyddwyr ailosod eich dilysu dau ffactor.",
    ask_admin_how: "Sut i gysylltu â nhw",
    // Help.
    help: "Os na allwch ddefnyddio'r un o'ch dulliau",
    help_first: "Os oes gennych god wrth gefn, defnyddiwch hwnnw yn gyntaf.",
    help_who: "Fel arall, siaradwch â'ch gweinyddwr defnyddwyr:",
    help_what: "Beth mae'ch gweinyddwr yn ei wneud",
    help_1: "Sicrhau mai chi sy'n gofyn.",
    help_2:
        "Ailosod eich dilysu dau ffactor. Caiff eich ap, eich rhif a'ch codau wrth gefn eu \
         dileu, a chewch eich allgofnodi ym mhobman.",
    help_3:
        "Byddwch yn mewngofnodi â'ch cyfrinair ac yn gosod dull eto. Caiff y sawl na all \
         ddefnyddio ap na negeseuon testun ei eithrio am gyfnod.",
    // The set-up.
    set_up: "Gosod dilysu dau ffactor",
    set_up_another: "Gosod dull arall",
    set_up_more: "Mae'n cymryd tua dwy funud. Bydd angen eich ffôn arnoch.",
    set_up_over: "Mae'r gosodiad hwnnw ar ben. Dechreuwch ef eto.",
    is_set_up: "Mae wedi'i osod.",
    steps: "Camau",
    step_choose: "Dewis dull",
    step_scan: "Sganio'r llun gyda'ch ap",
    step_scan_or_number: "Cysylltu'ch ffôn",
    step_text: "Rhoi'r cod o'r neges",
    step_code: "Rhoi'r cod",
    step_codes: "Cadw'ch codau wrth gefn",
    about_totp:
        "Mae ap am ddim ar eich ffôn neu'ch tabled yn dangos cod. Nid oes angen signal arno. Mae \
         Microsoft Authenticator, Google Authenticator, Authy ac eraill i gyd yn gweithio yn yr \
         un modd.",
    about_sms:
        "Byddwn yn anfon cod atoch pan fyddwch yn mewngofnodi. Mae'r rhif wedi'i guddio rhag \
         pawb arall ac at hyn yn unig y caiff ei ddefnyddio. Nid yw'n costio dim i chi.",
    start_totp: "Defnyddio ap dilysu",
    start_sms: "Anfon cod ataf",
    number: "Rhif ffôn symudol",
    number_hint: "Rhif yn y DU fel 07400 123456, neu un sy'n dechrau gyda + a gwlad.",
    no_number: "Rhowch eich rhif ffôn symudol.",
    another: "Dewis dull arall",
    scan: "Agorwch eich ap dilysu, ychwanegwch gyfrif a phwyntiwch y camera at y llun hwn.",
    until: "Mae'n ddilys tan {}.",
    qr_alt: "Llun QR gydag allwedd eich ap dilysu. Mae'r allwedd isod fel testun.",
    key_more: "Os na allwch ei sganio, rhowch yr allwedd hon yn yr ap:",
    copy_key: "Copïo'r allwedd",
    open_app: "Ar eich ffôn? Agorwch eich ap dilysu",
    texted: "Mae neges gyda chod ar ei ffordd atoch.",
    confirm: "Cadarnhau",
    backup_codes: "Eich codau wrth gefn",
    codes_more:
        "Os collwch eich ffôn, bydd pob un o'r rhain yn eich gadael i mewn unwaith. Cadwch nhw \
         nawr, mewn rheolwr cyfrineiriau neu ar bapur: ni chânt eu dangos eto. Peidiwch â'u rhoi \
         i neb.",
    codes_new: "Mae'r rhain yn newydd. Nid yw'r hen rai yn ddilys mwyach.",
    codes_gone:
        "Dangoswyd eich codau wrth gefn unwaith ac ni chânt eu dangos eto. Os na wnaethoch eu \
         cadw, crëwch rai newydd yn eich cyfrif.",
    codes_saved: "Rwyf wedi cadw fy nghodau wrth gefn",
    codes_understood: "Rwyf wedi darllen hwn",
    not_saved: "Cadwch eich codau wrth gefn, yna ticiwch y blwch.",
    copy_codes: "Copïo'r codau",
    download_codes: "Eu lawrlwytho",
    print_codes: "Eu hargraffu",
    // The account.
    account: "Eich cyfrif",
    welcome: "Croeso, {}.",
    grace: "Gosodwch ddilysu dau ffactor erbyn {}.",
    grace_link: "Ei osod nawr",
    codes_left: "Codau wrth gefn ar ôl:",
    change_password: "Newid eich cyfrinair",
    change_password_more:
        "Caiff pob porwr a gofiwyd ei anghofio, a chewch eich allgofnodi ym mhob man arall.",
    old_password: "Eich cyfrinair presennol",
    new_password: "Cyfrinair newydd",
    new_password_hint: "O leiaf 15 nod.",
    wrong_old_password: "Nid dyna'ch cyfrinair. Rhowch gynnig arall arni.",
    short_password: "Mae gan gyfrinair newydd o leiaf 15 nod. Dewiswch un hirach.",
    password_changed: "Mae'ch cyfrinair wedi'i newid, ac mae pob porwr a gofiwyd wedi'i anghofio.",
    via_code: "Gwnaethoch fewngofnodi gyda chod.",
    via_backup: "Gwnaethoch fewngofnodi gyda chod wrth gefn.",
    via_remembered: "Gwnaethoch fewngofnodi heb god: mae'r porwr hwn wedi'i gofio.",
    via_enrolled: "Rydych newydd osod dull.",
    via_grace: "Gwnaethoch fewngofnodi heb god: mae gennych rai dyddiau i osod dull.",
    via_exempt: "Gwnaethoch fewngofnodi heb god: mae'ch gweinyddwr defnyddwyr wedi'ch eithrio.",
    via_other: "Gwnaethoch fewngofnodi heb god.",
    // The tab.
    two_factor: "Dilysu dau ffactor",
    two_factor_short: "2FA",
    your_methods: "Eich dulliau",
    totp: "Ap dilysu",
    sms: "Neges destun",
    backup: "Cod wrth gefn",
    set_up_since: "Wedi'i osod ers",
    pending_until: "Mae gosodiad ar y gweill tan {}",
    not_set_up: "Heb ei osod",
    reset: "Ailosod",
    few_codes: "Ychydig sydd gennych ar ôl. Crëwch rai newydd.",
    new_codes: "Creu codau wrth gefn newydd",
    new_codes_more: "Ni fydd yr hen rai yn ddilys wedyn.",
    browsers: "Porwyr a gofiwyd",
    browsers_more: "Porwyr nad oes angen cod arnynt",
    no_browsers: "Nid oes porwr wedi'i gofio.",
    since: "Ers",
    until_when: "Tan",
    forget: "Anghofio hwn",
    forget_all: "Anghofio pob un",
    forgotten: "Anghofiwyd. Bydd angen cod yno o hyn ymlaen.",
    method_removed: "Mae wedi'i ailosod. Gallwch ei osod eto pryd bynnag y mynnwch.",
    reset_method: "Ailosod dull",
    reset_of_totp: "Ailosod eich ap dilysu",
    reset_of_sms: "Ailosod eich rhif ffôn symudol",
    reset_what: "Dyma fydd yn digwydd:",
    reset_totp:
        "Ni fydd codau'ch ap dilysu yn eich gadael i mewn mwyach. Dilëwch y cofnod yn yr ap eich \
         hun.",
    reset_sms: "Ni fydd codau'n cael eu hanfon i'r rhif hwnnw mwyach, a chaiff ei anghofio.",
    reset_browsers: "Caiff pob porwr a gofiwyd ei anghofio.",
    reset_codes: "Hwn yw'ch unig ddull, felly mae'ch codau wrth gefn yn mynd hefyd.",
    reset_last:
        "Os yw'ch sefydliad yn mynnu ail ffactor, rhaid i chi osod un pan fyddwch yn mewngofnodi \
         nesaf.",
    keep: "Na, gadael pethau fel y maent",
    // The administrator.
    admin: "Gweinyddu defnyddwyr",
    admin_short: "Gweinyddu",
    policy: "Polisi",
    required: "Mae angen dilysu dau ffactor",
    grace_days: "Dyddiau gras",
    grace_hint:
        "0 i 90: dyma faint ar ôl y mewngofnodi cyntaf, neu ar ôl dechrau ei fynnu, y caiff pobl \
         fewngofnodi heb god.",
    wrong_grace: "Rhif cyfan rhwng 0 a 90 yw'r dyddiau gras.",
    set_policy: "Gosod y polisi",
    policy_is_set: "Mae'r polisi wedi'i osod.",
    everybody: "Pawb",
    without: "Pobl heb ail ffactor:",
    people_caption: "Pwy sydd â pha ddull, ac ers pryd",
    state: "Cyflwr",
    since_short: "ers",
    locked: "Wedi'i gloi ar ôl gormod o godau anghywir",
    is_set_up_short: "Wedi'i osod",
    set_up_by: "Rhaid gosod erbyn",
    not_required: "Heb ei osod, dim angen",
    admin_reset: "Ailosod dilysu dau ffactor",
    admin_reset_of: "Ailosod dilysu dau ffactor {}",
    admin_reset_more: "Sicrhewch yn gyntaf mai'r person hwn sy'n gofyn.",
    admin_reset_1: "Caiff yr ap, y rhif a'r codau wrth gefn eu dileu, ac ni chofir yr un porwr.",
    admin_reset_2: "Cânt eu hallgofnodi ym mhobman.",
    admin_reset_3:
        "Cânt e-bost sy'n dweud hynny. Cedwir eich rheswm yn y trywydd archwilio ac nid yw yn yr \
         e-bost.",
    reason: "Rheswm",
    reason_hint:
        "Ar gyfer y trywydd archwilio, fel \"wedi colli ffôn, daeth i'r ddesg â cherdyn \
         adnabod\".",
    no_reason: "Rhowch reswm o 1 i 500 nod.",
    not_oneself: "Nid oes neb yn ailosod ei hun. Gofynnwch i weinyddwr arall.",
    was_reset: "Ailosodwyd dilysu dau ffactor {}, ac mae pob sesiwn ganddynt ar ben.",
    exempt: "Eithrio",
    exempt_more: "I rywun na all ddefnyddio ap na negeseuon testun. Daw i ben pan osodir dull.",
    exempt_days: "Am sawl diwrnod",
    exempt_days_hint: "1 i 30; mae 0 yn dod ag eithriad i ben.",
    wrong_days: "Rhif cyfan rhwng 0 a 30 yw'r dyddiau.",
    is_exempt_until: "Wedi'i eithrio tan {}.",
    // The demo's own pages.
    mail: "Post",
    mail_more:
        "Yr hyn y byddai CRM yn ei anfon drwy e-bost: pob canlyniad sydd â hysbysiad i'w \
         berson.",
    no_mail: "Nid oes dim wedi'i anfon eto.",
    behind: "Y tu ôl i'r llenni",
    behind_more:
        "Digwyddiadau a chanlyniadau wrth iddynt fynd drwy RabbitMQ, y diweddaraf yn gyntaf. Mae \
         codau, allweddi, tocynnau a rhifau'n ymddangos fel [secret].",
    nothing_yet: "Nid oes dim wedi mynd heibio eto.",
    no_outcome: "dim ateb",
    details: "Dangos y ddau",
    event: "Digwyddiad",
    outcome: "Canlyniad",
    phone: "Y ffôn",
    phone_short: "Ffôn",
    phone_more: "Yn y demo yn unig: ffôn y person a ddewiswch. Nid yw CRM byth yn gweld dim o hyn.",
    phone_of: "Ffôn",
    phone_note: "Yn y demo yn unig. Nid yw CRM byth yn gweld hyn.",
    whose: "Ffôn pwy",
    app: "Ap dilysu",
    no_app: "Dim cyfrif yn yr ap eto.",
    for_seconds: "am {} eil",
    then_code: "yna",
    texts: "Negeseuon testun",
    no_texts: "Dim negeseuon eto.",
    no_sandbox: "Nid yw'r blwch tywod SMS yn ateb.",
    paper: "Codau wrth gefn ar bapur",
    where_you_are: "Ble rydych chi",
    where_more: "Y cyfeiriad a roddir i'r gweithwyr:",
    campus: "Ar y campws",
    hotel: "Mewn gwesty",
};
