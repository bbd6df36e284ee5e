"""The table of operations in the documentation, held to the code and to the contract."""

import pytest
from client_requests import TABLE
from contract.contract import contract

from partner_center.operations import NEEDS_USER, Operation


def test_the_table_names_every_operation_and_no_other():
    """M20: the documentation lists exactly the operations that the code can ask for."""
    assert set(TABLE) == {operation.value for operation in Operation}


@pytest.mark.parametrize("operation", Operation)
def test_the_table_says_of_an_operation_what_the_contract_says(operation):
    """M20: request, sign-in and standing in the documentation are those of the contract."""
    row = TABLE[operation.value]
    defined = contract().operations[row.identifier]
    assert (row.method, row.path) == (defined.method, defined.template)
    assert row.standing == defined.confidence
    assert row.sign_in == {("app", "app+user"): "either", ("app+user",): "user"}[tuple(defined.definition["x-auth"])]


def test_what_needs_a_user_is_what_the_contract_says_needs_one():
    """M20: the operations refused before the call are those for which an application alone does not do."""
    assert {operation for operation in Operation if TABLE[operation.value].sign_in == "user"} == NEEDS_USER
