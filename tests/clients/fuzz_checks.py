"""A check for schemathesis: what fits the document is taken, unless a rule refuses it that a schema cannot say."""

from pathlib import Path

import schemathesis

# Words of rules of several fields together, of the clock, of who asks, of what is there, and of texts that are more than their
# pattern; and of If-Match, which the tool fills with 0 against its pattern. The story `document` reads them too.
RULES = Path(__file__).with_name("rules.txt").read_text().splitlines()
REFUSALS = (400, 413, 415, 422)


@schemathesis.hook
def filter_body(context, body):
    """A list of nothing is no part of a form: what was made wrong is not sent."""
    is_form = any(one.media_type == "multipart/form-data" for one in context.operation.body)
    return not (is_form and isinstance(body, dict) and [] in body.values())


@schemathesis.check
def valid_data_is_taken(ctx, response, case):
    """As `positive_data_acceptance`, which knows statuses only."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if response.status_code == 202:
        # Of several events a bad one fails alone.
        said = [event["error"] for event in response.json().get("rejected", [])]
    elif response.status_code in REFUSALS:
        problem = response.json()
        faults = problem.get("errors", [])
        assert faults, f"refused although it fits the document: {problem}"
        said = [f"{fault['field']}: {fault['message']}" for fault in faults if fault["code"] != "no_such_thing"]
    else:
        return
    wrong = [one for one in said if not any(rule in one for rule in RULES)]
    assert not wrong, f"refused although it fits the document: {wrong}"
