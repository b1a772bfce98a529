//! Tests of vault_contract.
