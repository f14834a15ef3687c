"""Events: the record of each change, written in the transaction of the change."""
