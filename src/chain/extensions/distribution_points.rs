//! cRLDistributionPoints.

use crate::chain::extensions::{context, elements};
use der::asn1::AnyRef;
use der::{Decode, Encode, Reader, SliceReader};

/// The names, as DER, of the points at which the issuer's own lists are to be had.
///
/// ```text
/// CRLDistributionPoints ::= SEQUENCE OF SEQUENCE {
///     distributionPoint [0] DistributionPointName OPTIONAL,
///     reasons [1] OPTIONAL, cRLIssuer [2] OPTIONAL }
/// DistributionPointName ::= CHOICE { fullName [0] GeneralNames,
///                                    nameRelativeToCRLIssuer [1] RelativeDistinguishedName }
/// ```
///
/// RFC 5280 section 4.2.1.13. What lies with another issuer is left out.
pub(in crate::chain) fn read(der: &[u8]) -> der::Result<Vec<Vec<u8>>> {
    let mut names = Vec::new();
    for point in elements(der)? {
        let mut reader = SliceReader::new(point.value())?;
        let (mut own, mut foreign) = (Vec::new(), false);
        while !reader.is_finished() {
            let field: AnyRef<'_> = reader.decode()?;
            match context(&field) {
                Some(0) => own = point_names(field)?,
                Some(2) => foreign = true,
                _ => {}
            }
        }
        if !foreign {
            names.append(&mut own);
        }
    }
    Ok(names)
}

/// The names of a `DistributionPointName` in its tag, each as DER; a relative name is taken as it is.
pub(in crate::chain) fn point_names(field: AnyRef<'_>) -> der::Result<Vec<Vec<u8>>> {
    let name = AnyRef::from_der(field.value())?;
    if context(&name) != Some(0) {
        return Ok(vec![name.to_der()?]);
    }
    let mut reader = SliceReader::new(name.value())?;
    let mut names = Vec::new();
    while !reader.is_finished() {
        names.push(reader.tlv_bytes()?.to_vec());
    }
    Ok(names)
}
