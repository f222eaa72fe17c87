//! Why somebody opens personal data (Art. 5 Abs. 1 Buchst. b DSGVO): a closed list, so that a record says something.

/// A purpose of access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// A resident sees or changes what is theirs.
    OwnData,
    /// Work on the application.
    CaseWork,
    /// The applicant has a question.
    CitizenQuestion,
    /// An objection or a court case.
    LegalRemedy,
    /// Supervision of the service (Dienstaufsicht).
    Supervision,
    /// The platform makes the notice's PDF.
    NoticeRendering,
    /// The platform advances a process.
    ProcessStep,
    /// The platform tells a person that something is there.
    Notification,
    /// A letter is printed and posted.
    Dispatch,
    /// A benefit is paid.
    Payment,
    /// Somebody helps the resident (§ 14 VwVfG, § 13 SGB X, § 80 AO).
    Assistance,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Purpose; 11] = [
        Purpose::OwnData,
        Purpose::CaseWork,
        Purpose::CitizenQuestion,
        Purpose::LegalRemedy,
        Purpose::Supervision,
        Purpose::NoticeRendering,
        Purpose::ProcessStep,
        Purpose::Notification,
        Purpose::Dispatch,
        Purpose::Payment,
        Purpose::Assistance,
    ];

    /// The purposes a member of staff may choose at the desk.
    pub const DESK: [Purpose; 4] = [
        Purpose::CaseWork,
        Purpose::CitizenQuestion,
        Purpose::LegalRemedy,
        Purpose::Supervision,
    ];

    /// The code used in policies, forms and records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Purpose::OwnData => "own-data",
            Purpose::CaseWork => "case-work",
            Purpose::CitizenQuestion => "citizen-question",
            Purpose::LegalRemedy => "legal-remedy",
            Purpose::Supervision => "supervision",
            Purpose::NoticeRendering => "notice-rendering",
            Purpose::ProcessStep => "process-step",
            Purpose::Notification => "notification",
            Purpose::Dispatch => "dispatch",
            Purpose::Payment => "payment",
            Purpose::Assistance => "assistance",
        }
    }

    /// The purpose of a code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.code() == code)
    }

    /// What the person concerned reads.
    #[must_use]
    pub fn german(self) -> &'static str {
        match self {
            Purpose::OwnData => "Einsicht in die eigenen Daten",
            Purpose::CaseWork => "Bearbeitung des Antrags",
            Purpose::CitizenQuestion => "Rückfrage der antragstellenden Person",
            Purpose::LegalRemedy => "Rechtsbehelf",
            Purpose::Supervision => "Dienstaufsicht",
            Purpose::NoticeRendering => "Erstellung des Bescheids",
            Purpose::ProcessStep => "Automatischer Verfahrensschritt",
            Purpose::Notification => "Benachrichtigung",
            Purpose::Dispatch => "Versand auf Papier",
            Purpose::Payment => "Auszahlung",
            Purpose::Assistance => "Hilfe für die antragstellende Person",
        }
    }
}
