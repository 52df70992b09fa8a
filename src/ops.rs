//! The verbs of the product, pure.
