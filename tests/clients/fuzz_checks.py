"""For schemathesis. A check: what fits the document is taken, unless a rule refuses it that a schema cannot say. And which bodies
of forms are worth sending."""

from pathlib import Path

import schemathesis

# Words of rules of several fields together, of the clock, of who asks, of what is there, and of texts that are more than their
# pattern; and of If-Match, which the tool fills with 0 against its pattern. The story `document` reads them too.
RULES = Path(__file__).with_name("rules.txt").read_text().splitlines()
REFUSALS = (400, 413, 415, 422)


# Parts of forms that may hold any text.
TEXTS = ("title", "genres", "file")


@schemathesis.hook
def filter_body(context, body):
    """A form sends text: a number in place of a text is right again when it is sent, and a list of nothing is no part at all."""
    is_form = any(one.media_type == "multipart/form-data" for one in context.operation.body)
    if not is_form or not isinstance(body, dict):
        return True
    sent = [one for name in TEXTS if name in body for one in listed(body[name])]
    return [] not in body.values() and not any(one is None or isinstance(one, (int, float, dict, list)) for one in sent)


def listed(value):
    return value if isinstance(value, list) else [value]


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
