//! `$util.authRules`: what Amplify's SQL models ask the service to decide. The rules run inside of AppSync and are not
//! public, so a call decides nothing: the evaluation ends undecided.

use super::{Helper, Raised, Type};

const SOURCE: &str = "templates of Amplify's SQL models";
const DOC: &str = "Decides over the rules of an SQL model inside of AppSync. The service does not publish how: vtlens decides nothing here, and says so.";
const ANY: &[&[Type]] = &[&[Type::Rest]];
const UNVERIFIED: &str = "all of it";

pub(super) const TABLE: &[Helper] = &[
    Helper {
        path: "util.authRules.mutationAuth",
        overloads: ANY,
        returns: "Object",
        doc: DOC,
        source: SOURCE,
        unverified: UNVERIFIED,
        examples: &[("#if(false)$util.authRules.mutationAuth([])#{end}not asked", "not asked")],
        run: |_, _| Err(Raised::Undecided),
    },
    Helper {
        path: "util.authRules.queryAuth",
        overloads: ANY,
        returns: "Object",
        doc: DOC,
        source: SOURCE,
        unverified: UNVERIFIED,
        examples: &[("#if(false)$util.authRules.queryAuth([])#{end}not asked", "not asked")],
        run: |_, _| Err(Raised::Undecided),
    },
    Helper {
        path: "util.authRules.subscriptionAuth",
        overloads: ANY,
        returns: "Object",
        doc: DOC,
        source: SOURCE,
        unverified: UNVERIFIED,
        examples: &[("#if(false)$util.authRules.subscriptionAuth([])#{end}not asked", "not asked")],
        run: |_, _| Err(Raised::Undecided),
    },
    Helper {
        path: "util.authRules.validateUsingSource",
        overloads: ANY,
        returns: "Object",
        doc: DOC,
        source: SOURCE,
        unverified: UNVERIFIED,
        examples: &[("#if(false)$util.authRules.validateUsingSource([], {})#{end}not asked", "not asked")],
        run: |_, _| Err(Raised::Undecided),
    },
];
