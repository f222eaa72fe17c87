//! The file a bank takes: ISO 20022 `pain.001.001.09`, SEPA credit transfers (EPC132-08, EPC217-08 for the characters). Pure.
//!
//! Elements stand in the order of the schema; every text is in the SEPA character set, so that nothing needs escaping.

use std::fmt::Write as _;

use wegfrei_model::{Date, Iban, Timestamp, sepa};

/// One group of payments from one account.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    /// At most 35 characters, unique in the file.
    pub id: String,
    /// Whose account is charged.
    pub debtor: String,
    pub debtor_iban: Iban,
    pub execute_on: Date,
    pub transfers: Vec<Transfer>,
}

/// One payment.
#[derive(Clone, Debug)]
pub(crate) struct Transfer {
    /// What comes back with a returned payment: the reference, at most 35 characters.
    pub end_to_end: String,
    pub holder: String,
    pub iban: Iban,
    /// More than 0.
    pub cent: u64,
    /// What the person reads on the statement, at most 140 characters.
    pub text: String,
}

/// The whole file.
#[derive(Clone, Debug)]
pub(crate) struct File {
    /// At most 35 characters, never used twice.
    pub id: String,
    pub made_at: Timestamp,
    pub initiator: String,
    pub groups: Vec<Group>,
}

/// Euros with two decimals and a full stop: `1234.50`.
fn euros(cent: u64) -> String {
    format!("{}.{:02}", cent / 100, cent % 100)
}

fn sum(transfers: &[Transfer]) -> u64 {
    transfers.iter().map(|transfer| transfer.cent).sum()
}

/// An identifier as banks take it: the SEPA set without blanks, at most 35 characters.
fn id(text: &str) -> String {
    sepa::text(&text.replace(' ', ""), 35)
}

/// A text that must not be empty.
fn text(original: &str, most: usize) -> String {
    let text = sepa::text(original, most);
    if text.is_empty() { "-".to_owned() } else { text }
}

/// Writes the XML.
pub(crate) fn write(file: &File) -> String {
    let mut xml =
        String::with_capacity(1000 + 700 * file.groups.iter().map(|group| group.transfers.len()).sum::<usize>());
    // Writing into a string does not fail.
    let _ = render(file, &mut xml);
    xml
}

fn render(file: &File, out: &mut String) -> std::fmt::Result {
    let count: usize = file.groups.iter().map(|group| group.transfers.len()).sum();
    let total: u64 = file.groups.iter().map(|group| sum(&group.transfers)).sum();
    // ISODateTime in UTC, seconds are enough.
    let made = file.made_at.to_string();
    let made = made.get(..19).unwrap_or(&made);
    out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.push_str("<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.001.001.09\">\n<CstmrCdtTrfInitn>\n");
    writeln!(
        out,
        "<GrpHdr><MsgId>{}</MsgId><CreDtTm>{made}Z</CreDtTm><NbOfTxs>{count}</NbOfTxs><CtrlSum>{}</CtrlSum>\
         <InitgPty><Nm>{}</Nm></InitgPty></GrpHdr>",
        id(&file.id),
        euros(total),
        text(&file.initiator, 70)
    )?;
    for group in &file.groups {
        self::group(group, out)?;
    }
    out.push_str("</CstmrCdtTrfInitn>\n</Document>\n");
    Ok(())
}

fn group(group: &Group, out: &mut String) -> std::fmt::Result {
    writeln!(
        out,
        "<PmtInf><PmtInfId>{}</PmtInfId><PmtMtd>TRF</PmtMtd><BtchBookg>true</BtchBookg><NbOfTxs>{}</NbOfTxs>\
         <CtrlSum>{}</CtrlSum><PmtTpInf><SvcLvl><Cd>SEPA</Cd></SvcLvl></PmtTpInf>\
         <ReqdExctnDt><Dt>{}</Dt></ReqdExctnDt><Dbtr><Nm>{}</Nm></Dbtr>\
         <DbtrAcct><Id><IBAN>{}</IBAN></Id></DbtrAcct>\
         <DbtrAgt><FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId></DbtrAgt><ChrgBr>SLEV</ChrgBr>",
        id(&group.id),
        group.transfers.len(),
        euros(sum(&group.transfers)),
        group.execute_on,
        text(&group.debtor, 70),
        group.debtor_iban.as_str()
    )?;
    for transfer in &group.transfers {
        writeln!(
            out,
            "<CdtTrfTxInf><PmtId><EndToEndId>{}</EndToEndId></PmtId>\
             <Amt><InstdAmt Ccy=\"EUR\">{}</InstdAmt></Amt><Cdtr><Nm>{}</Nm></Cdtr>\
             <CdtrAcct><Id><IBAN>{}</IBAN></Id></CdtrAcct><RmtInf><Ustrd>{}</Ustrd></RmtInf></CdtTrfTxInf>",
            id(&transfer.end_to_end),
            euros(transfer.cent),
            text(&transfer.holder, 70),
            transfer.iban.as_str(),
            text(&transfer.text, 140)
        )?;
    }
    out.push_str("</PmtInf>\n");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transfer(reference: &str, holder: &str, cent: u64) -> Transfer {
        Transfer {
            end_to_end: reference.to_owned(),
            holder: holder.to_owned(),
            iban: Iban::parse("DE02120300000000202051").unwrap(),
            cent,
            text: format!("{reference} 01/2026"),
        }
    }

    /// The whole file, character by character: what a bank gets.
    #[test]
    fn a_file() {
        let file = File {
            id: "0190b3c0-0000-7000-8000-000000000001".replace('-', ""),
            made_at: Timestamp::parse("2025-12-18T09:15:00.5Z").unwrap(),
            initiator: "Landeshauptstadt Magdeburg".to_owned(),
            groups: vec![Group {
                id: "WOHNGELD 2026-01".to_owned(),
                debtor: "Stadtkasse Magdeburg".to_owned(),
                debtor_iban: Iban::parse("DE88100900001234567892").unwrap(),
                execute_on: "2025-12-30".parse().unwrap(),
                transfers: vec![
                    transfer("7K4M9-QXD2P", "Jörg Größe <Söhne & Co>", 36800),
                    transfer("AAAAA-BBBBB", "日", 5),
                ],
            }],
        };
        let xml = write(&file);
        let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
            <Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.001.001.09\">\n<CstmrCdtTrfInitn>\n\
            <GrpHdr><MsgId>0190b3c0000070008000000000000001</MsgId><CreDtTm>2025-12-18T09:15:00Z</CreDtTm>\
            <NbOfTxs>2</NbOfTxs><CtrlSum>368.05</CtrlSum><InitgPty><Nm>Landeshauptstadt Magdeburg</Nm></InitgPty></GrpHdr>\n\
            <PmtInf><PmtInfId>WOHNGELD2026-01</PmtInfId><PmtMtd>TRF</PmtMtd><BtchBookg>true</BtchBookg>\
            <NbOfTxs>2</NbOfTxs><CtrlSum>368.05</CtrlSum><PmtTpInf><SvcLvl><Cd>SEPA</Cd></SvcLvl></PmtTpInf>\
            <ReqdExctnDt><Dt>2025-12-30</Dt></ReqdExctnDt><Dbtr><Nm>Stadtkasse Magdeburg</Nm></Dbtr>\
            <DbtrAcct><Id><IBAN>DE88100900001234567892</IBAN></Id></DbtrAcct>\
            <DbtrAgt><FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId></DbtrAgt><ChrgBr>SLEV</ChrgBr>\n\
            <CdtTrfTxInf><PmtId><EndToEndId>7K4M9-QXD2P</EndToEndId></PmtId>\
            <Amt><InstdAmt Ccy=\"EUR\">368.00</InstdAmt></Amt><Cdtr><Nm>Joerg Groesse .Soehne . Co.</Nm></Cdtr>\
            <CdtrAcct><Id><IBAN>DE02120300000000202051</IBAN></Id></CdtrAcct>\
            <RmtInf><Ustrd>7K4M9-QXD2P 01/2026</Ustrd></RmtInf></CdtTrfTxInf>\n\
            <CdtTrfTxInf><PmtId><EndToEndId>AAAAA-BBBBB</EndToEndId></PmtId>\
            <Amt><InstdAmt Ccy=\"EUR\">0.05</InstdAmt></Amt><Cdtr><Nm>.</Nm></Cdtr>\
            <CdtrAcct><Id><IBAN>DE02120300000000202051</IBAN></Id></CdtrAcct>\
            <RmtInf><Ustrd>AAAAA-BBBBB 01/2026</Ustrd></RmtInf></CdtTrfTxInf>\n\
            </PmtInf>\n</CstmrCdtTrfInitn>\n</Document>\n";
        assert_eq!(xml, expected);
    }
}
