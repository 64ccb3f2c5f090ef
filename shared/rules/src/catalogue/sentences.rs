//! The table of sentences: for each its key, its use, and its words in both languages.
//!
//! To edit: keep the names in braces unchanged in both languages, end with a full stop, and run the
//! tests of this crate. The type of a placeholder explains what replaces it. Never change a key:
//! integrators look sentences up by it.

use twofactor_contract::{Language, Method, Next, Reason, Secret};

use super::Role::{Addition, Answer, Notice, Rejection, Text};
use super::{Duration, Entry, InWords as _, fill};

const TOTP: Option<Method> = Some(Method::Totp);
const SMS: Option<Method> = Some(Method::Sms);
const BACKUP: Option<Method> = Some(Method::Backup);

sentences! {
    StaleEvent = "stale_event", Rejection(Reason::StaleEvent, None) => {
        en: "That took too long to reach us. Please try again.",
        cy: "Cymerodd hynny ormod o amser i'n cyrraedd. Rhowch gynnig arall arni.",
    }
    ResetSince = "reset_since", Rejection(Reason::ResetSince, None) => {
        en: "Your two-factor authentication was reset in the meantime. Please start again.",
        cy: "Ailosodwyd eich dilysu dau ffactor yn y cyfamser. Dechreuwch eto.",
    }
    MethodNotSetUp = "method_not_set_up", Rejection(Reason::MethodNotSetUp, None) => {
        en: "You have not set up a method yet. Set one up first.",
        cy: "Nid ydych wedi sefydlu dull eto. Sefydlwch un yn gyntaf.",
    }
    MethodNotSetUpTotp = "method_not_set_up.totp", Rejection(Reason::MethodNotSetUp, TOTP) => {
        en: "You have not set up an authenticator app. Use another method.",
        cy: "Nid ydych wedi sefydlu ap dilysu. Defnyddiwch ddull arall.",
    }
    MethodNotSetUpSms = "method_not_set_up.sms", Rejection(Reason::MethodNotSetUp, SMS) => {
        en: "You have not set up codes by text message. Use another method.",
        cy: "Nid ydych wedi sefydlu'r dull o gael codau drwy neges destun. \
             Defnyddiwch ddull arall.",
    }
    MethodNotSetUpBackup = "method_not_set_up.backup",
    Rejection(Reason::MethodNotSetUp, BACKUP) => {
        en: "You have no backup codes. Use another method.",
        cy: "Nid oes gennych godau wrth gefn. Defnyddiwch ddull arall.",
    }
    Locked = "locked", Rejection(Reason::Locked, None) => {
        en: "Too many wrong codes were entered. Use a backup code, or ask your user administrator \
             to reset your two-factor authentication.",
        cy: "Rhoddwyd gormod o godau anghywir. Defnyddiwch god wrth gefn, neu gofynnwch i'ch \
             gweinyddwr defnyddwyr ailosod eich dilysu dau ffactor.",
    }
    TooManyFailures = "too_many_failures", Rejection(Reason::TooManyFailures, None) => {
        en: "Too many wrong codes were entered.",
        cy: "Rhoddwyd gormod o godau anghywir.",
    }
    MalformedCodeTotp = "malformed_code.totp", Rejection(Reason::MalformedCode, TOTP) => {
        en: "A code from your authenticator app has 6 digits. Check it and enter it again.",
        cy: "Mae 6 digid mewn cod o'ch ap dilysu. Gwiriwch y cod a'i roi eto.",
    }
    MalformedCodeSms = "malformed_code.sms", Rejection(Reason::MalformedCode, SMS) => {
        en: "A code by text message has 6 lower-case letters and digits. \
             Check it and enter it again.",
        cy: "Mae 6 o lythrennau bach a digidau mewn cod a anfonir drwy neges destun. \
             Gwiriwch y cod a'i roi eto.",
    }
    MalformedCodeCapitals = "malformed_code.capitals", Rejection(Reason::MalformedCode, SMS) => {
        en: "Codes by text message are all lower case. \
             Switch caps lock off and enter the code again.",
        cy: "Mae pob llythyren mewn cod a anfonir drwy neges destun yn llythyren fach. \
             Diffoddwch Caps Lock a rhowch y cod eto.",
    }
    MalformedCodeBackup = "malformed_code.backup", Rejection(Reason::MalformedCode, BACKUP) => {
        en: "A backup code has 16 letters and digits. Check it and enter it again.",
        cy: "Mae 16 o lythrennau a digidau mewn cod wrth gefn. Gwiriwch y cod a'i roi eto.",
    }
    WrongCodeTotp = "wrong_code.totp", Rejection(Reason::WrongCode, TOTP) => {
        en: "That code is not right. Try the next code that your authenticator app shows.",
        cy: "Nid yw'r cod hwnnw'n gywir. \
             Rhowch gynnig ar y cod nesaf y mae eich ap dilysu yn ei ddangos.",
    }
    WrongCodeClockAhead { clock: Duration } = "wrong_code.clock_ahead",
    Rejection(Reason::WrongCode, TOTP) => {
        en: "That code is not right. The clock of your phone is about {clock} ahead: \
             set it to automatic, then try the next code.",
        cy: "Nid yw'r cod hwnnw'n gywir. Mae cloc eich ffôn tua {clock} ar y blaen i'r amser \
             cywir: gosodwch y ffôn i bennu'r amser yn awtomatig, yna rhowch gynnig ar y cod \
             nesaf.",
    }
    WrongCodeClockBehind { clock: Duration } = "wrong_code.clock_behind",
    Rejection(Reason::WrongCode, TOTP) => {
        en: "That code is not right. The clock of your phone is about {clock} behind: \
             set it to automatic, then try the next code.",
        cy: "Nid yw'r cod hwnnw'n gywir. Mae cloc eich ffôn tua {clock} y tu ôl i'r amser \
             cywir: gosodwch y ffôn i bennu'r amser yn awtomatig, yna rhowch gynnig ar y cod \
             nesaf.",
    }
    WrongCodeSms = "wrong_code.sms", Rejection(Reason::WrongCode, SMS) => {
        en: "That code is not right, and each text can be tried once. Request a new code.",
        cy: "Nid yw'r cod hwnnw'n gywir, a dim ond unwaith y gellir rhoi cynnig ar y cod ym mhob \
             neges destun. Gofynnwch am god newydd.",
    }
    WrongCodeBackup = "wrong_code.backup", Rejection(Reason::WrongCode, BACKUP) => {
        en: "That is not one of your backup codes. Try another one.",
        cy: "Nid yw hwnnw'n un o'ch codau wrth gefn. Rhowch gynnig ar un arall.",
    }
    CodeUsedTotp = "code_used.totp", Rejection(Reason::CodeUsed, TOTP) => {
        en: "That code was used already. Wait for the next code of your authenticator app.",
        cy: "Mae'r cod hwnnw eisoes wedi'i ddefnyddio. Arhoswch am god nesaf eich ap dilysu.",
    }
    CodeUsedSms = "code_used.sms", Rejection(Reason::CodeUsed, SMS) => {
        en: "That code was used already. Request a new code.",
        cy: "Mae'r cod hwnnw eisoes wedi'i ddefnyddio. Gofynnwch am god newydd.",
    }
    CodeUsedBackup = "code_used.backup", Rejection(Reason::CodeUsed, BACKUP) => {
        en: "That backup code was used already. Try another one.",
        cy: "Mae'r cod wrth gefn hwnnw eisoes wedi'i ddefnyddio. Rhowch gynnig ar un arall.",
    }
    CodeExpired = "code_expired", Rejection(Reason::CodeExpired, None) => {
        en: "That code is no longer good. Use the newest text, or request a new code.",
        cy: "Nid yw'r cod hwnnw'n ddilys mwyach. \
             Defnyddiwch y neges destun ddiweddaraf, neu gofynnwch am god newydd.",
    }
    NoCodeSent = "no_code_sent", Rejection(Reason::NoCodeSent, None) => {
        en: "There is no code by text for this login. Request a new code.",
        cy: "Nid oes cod wedi'i anfon drwy neges destun ar gyfer y mewngofnodi hwn. \
             Gofynnwch am god newydd.",
    }
    Throttled = "throttled", Rejection(Reason::Throttled, None) => {
        en: "We cannot send you a text just now.",
        cy: "Nid oes modd i ni anfon neges destun atoch ar hyn o bryd.",
    }
    ThrottledUserPeriod { period: Duration } = "throttled.user_period",
    Rejection(Reason::Throttled, None) => {
        en: "We send you at most one text in {period}.",
        cy: "Rydym yn anfon un neges destun atoch mewn {period} ar y mwyaf.",
    }
    ThrottledUserDay { texts: usize, period: Duration } = "throttled.user_day",
    Rejection(Reason::Throttled, None) => {
        en: "We send you at most {texts} texts in {period}.",
        cy: "Rydym yn anfon {texts} neges destun atoch mewn {period} ar y mwyaf.",
    }
    ThrottledNumberPeriod { period: Duration } = "throttled.number_period",
    Rejection(Reason::Throttled, None) => {
        en: "To set up a mobile number, we send it at most one text in {period}.",
        cy: "Er mwyn sefydlu rhif ffôn symudol, rydym yn anfon un neges destun ato mewn {period} \
             ar y mwyaf.",
    }
    ThrottledNumberDay { texts: usize, period: Duration } = "throttled.number_day",
    Rejection(Reason::Throttled, None) => {
        en: "To set up a mobile number, we send it at most {texts} texts in {period}.",
        cy: "Er mwyn sefydlu rhif ffôn symudol, rydym yn anfon {texts} neges destun ato mewn \
             {period} ar y mwyaf.",
    }
    NumberRejected = "number_rejected", Rejection(Reason::NumberRejected, None) => {
        en: "Texts to your mobile number are refused. Use another method, or another number.",
        cy: "Mae negeseuon testun i'ch rhif ffôn symudol yn cael eu gwrthod. \
             Defnyddiwch ddull arall, neu rif arall.",
    }
    ProviderUnavailable = "provider_unavailable", Rejection(Reason::ProviderUnavailable, None) => {
        en: "We could not send a text just now. Please try again.",
        cy: "Nid oedd modd i ni anfon neges destun y tro hwn. Rhowch gynnig arall arni.",
    }
    LoginRequired = "login_required", Rejection(Reason::LoginRequired, None) => {
        en: "Log in with a code first, then try again.",
        cy: "Mewngofnodwch â chod yn gyntaf, yna rhowch gynnig arall arni.",
    }
    AlreadySetUp = "already_set_up", Rejection(Reason::AlreadySetUp, None) => {
        en: "This is set up already. Reset it first to change it.",
        cy: "Mae'r dull hwn eisoes wedi'i sefydlu. Ailosodwch ef yn gyntaf er mwyn ei newid.",
    }
    AlreadySetUpExemption = "already_set_up.exemption", Rejection(Reason::AlreadySetUp, None) => {
        en: "This user has set a method up, so there is nothing to be exempted from.",
        cy: "Mae'r defnyddiwr hwn eisoes wedi sefydlu dull, felly nid oes angen eithriad.",
    }
    InvalidNumber = "invalid_number", Rejection(Reason::InvalidNumber, None) => {
        en: "That is not a mobile number that we can send texts to. Check it and enter it again.",
        cy: "Nid yw hwnnw'n rhif ffôn symudol y gallwn anfon negeseuon testun ato. \
             Gwiriwch y rhif a'i roi eto.",
    }
    NotStarted = "not_started", Rejection(Reason::NotStarted, None) => {
        en: "No set-up is under way. Start the set-up again.",
        cy: "Nid oes proses sefydlu ar y gweill. Dechreuwch y broses sefydlu eto.",
    }
    NumberNotAccepted = "number_not_accepted", Rejection(Reason::NumberNotAccepted, None) => {
        en: "This number cannot be used. Use another number or an authenticator app.",
        cy: "Ni ellir defnyddio'r rhif hwn. Defnyddiwch rif arall neu ap dilysu.",
    }
    Wait { wait: Duration } = "wait", Addition => {
        en: "Please wait {wait}.",
        cy: "Arhoswch {wait}, os gwelwch yn dda.",
    }
    ChallengeEnterCode = "challenge.enter_code", Answer(Next::EnterCode) => {
        en: "Enter a code to log in.",
        cy: "Rhowch god er mwyn mewngofnodi.",
    }
    ChallengeSetUp = "challenge.set_up", Answer(Next::SetUp) => {
        en: "Set up two-factor authentication to log in.",
        cy: "Sefydlwch ddilysu dau ffactor er mwyn mewngofnodi.",
    }
    Sent = "sent", Answer(Next::EnterCode) => {
        en: "We sent you a text with a code. It can be tried once; use the newest text.",
        cy: "Rydym wedi anfon neges destun atoch gyda chod. \
             Unwaith yn unig y gellir rhoi cynnig arno; defnyddiwch y neges destun ddiweddaraf.",
    }
    PerhapsSent = "perhaps_sent", Answer(Next::EnterCode) => {
        en: "A text with a code should reach you soon. It can be tried once; use the newest text.",
        cy: "Dylai neges destun gyda chod eich cyrraedd cyn bo hir. \
             Unwaith yn unig y gellir rhoi cynnig arno; defnyddiwch y neges destun ddiweddaraf.",
    }
    NoticeSetUpTotp = "notice.set_up.totp", Notice => {
        en: "An authenticator app was set up for logging in to your account; \
             if this was not you, tell your user administrator at once.",
        cy: "Sefydlwyd ap dilysu ar gyfer mewngofnodi i'ch cyfrif; \
             os nad chi wnaeth hyn, rhowch wybod i'ch gweinyddwr defnyddwyr ar unwaith.",
    }
    NoticeSetUpSms = "notice.set_up.sms", Notice => {
        en: "Codes by text message were set up for logging in to your account; \
             if this was not you, tell your user administrator at once.",
        cy: "Sefydlwyd y dull o gael codau drwy neges destun ar gyfer mewngofnodi i'ch cyfrif; \
             os nad chi wnaeth hyn, rhowch wybod i'ch gweinyddwr defnyddwyr ar unwaith.",
    }
    NoticeRemovedTotp = "notice.removed.totp", Notice => {
        en: "The authenticator app was removed from your account; \
             if this was not you, tell your user administrator at once.",
        cy: "Tynnwyd yr ap dilysu oddi ar eich cyfrif; \
             os nad chi wnaeth hyn, rhowch wybod i'ch gweinyddwr defnyddwyr ar unwaith.",
    }
    NoticeRemovedSms = "notice.removed.sms", Notice => {
        en: "Codes by text message were removed from your account; \
             if this was not you, tell your user administrator at once.",
        cy: "Tynnwyd y dull o gael codau drwy neges destun oddi ar eich cyfrif; \
             os nad chi wnaeth hyn, rhowch wybod i'ch gweinyddwr defnyddwyr ar unwaith.",
    }
    NoticeRemovedBackup = "notice.removed.backup", Notice => {
        en: "The backup codes were removed from your account; \
             if this was not you, tell your user administrator at once.",
        cy: "Tynnwyd y codau wrth gefn oddi ar eich cyfrif; \
             os nad chi wnaeth hyn, rhowch wybod i'ch gweinyddwr defnyddwyr ar unwaith.",
    }
    NoticeCancelledTotp = "notice.cancelled.totp", Notice => {
        en: "The set-up of an authenticator app for your account was cancelled; \
             if this was not you, tell your user administrator at once.",
        cy: "Canslwyd y broses o sefydlu ap dilysu ar gyfer eich cyfrif; \
             os nad chi wnaeth hyn, rhowch wybod i'ch gweinyddwr defnyddwyr ar unwaith.",
    }
    NoticeCancelledSms = "notice.cancelled.sms", Notice => {
        en: "The set-up of codes by text message for your account was cancelled; \
             if this was not you, tell your user administrator at once.",
        cy: "Canslwyd y broses o sefydlu'r dull o gael codau drwy neges destun ar gyfer eich \
             cyfrif; \
             os nad chi wnaeth hyn, rhowch wybod i'ch gweinyddwr defnyddwyr ar unwaith.",
    }
    NoticeBackupCodes = "notice.backup_codes", Notice => {
        en: "New backup codes were made for your account, and any earlier ones no longer work; \
             if this was not you, tell your user administrator at once.",
        cy: "Crëwyd codau wrth gefn newydd ar gyfer eich cyfrif, ac nid yw unrhyw rai blaenorol \
             yn gweithio mwyach; \
             os nad chi wnaeth hyn, rhowch wybod i'ch gweinyddwr defnyddwyr ar unwaith.",
    }
    NoticeBackupCodeUsed = "notice.backup_code_used", Notice => {
        en: "A backup code was used to log in to your account; \
             if this was not you, tell your user administrator at once.",
        cy: "Defnyddiwyd cod wrth gefn i fewngofnodi i'ch cyfrif; \
             os nad chi wnaeth hyn, rhowch wybod i'ch gweinyddwr defnyddwyr ar unwaith.",
    }
    NoticeExempted = "notice.exempted", Notice => {
        en: "A user administrator has exempted you from two-factor authentication for a limited \
             time; if you did not ask for this, tell your user administrator at once.",
        cy: "Mae gweinyddwr defnyddwyr wedi'ch eithrio rhag dilysu dau ffactor am gyfnod \
             cyfyngedig; os na wnaethoch chi ofyn am hyn, rhowch wybod i'ch gweinyddwr defnyddwyr \
             ar unwaith.",
    }
    NoticeExemptionEnded = "notice.exemption_ended", Notice => {
        en: "A user administrator has ended any exemption that you had from two-factor \
             authentication; if you did not expect this, tell your user administrator at once.",
        cy: "Mae gweinyddwr defnyddwyr wedi dod ag unrhyw eithriad a oedd gennych rhag dilysu dau \
             ffactor i ben; os nad oeddech yn disgwyl hyn, rhowch wybod i'ch gweinyddwr \
             defnyddwyr ar unwaith.",
    }
    NoticeReset = "notice.reset", Notice => {
        en: "A user administrator has reset the two-factor authentication of your account; \
             if you did not ask for this, tell your user administrator at once.",
        cy: "Mae gweinyddwr defnyddwyr wedi ailosod dilysu dau ffactor eich cyfrif; \
             os na wnaethoch chi ofyn am hyn, rhowch wybod i'ch gweinyddwr defnyddwyr ar unwaith.",
    }
    TextBody { code: Secret<String>, issuer: String, lifetime: Duration } = "text", Text => {
        en: "{code} is your {issuer} code. Good once, for {lifetime}. Never share it.",
        cy: "{code} yw eich cod {issuer}. Dilys unwaith, am {lifetime}. Cadwch ef yn gyfrinachol.",
    }
}
