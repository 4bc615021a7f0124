/**
 * The Python that runs code: gives a function from code to JSON with a value or an error. The value is JSON where it has
 * one and text otherwise, as with JavaScript; the trace begins in the code, not here.
 */
export const PYTHON_RUNNER = `
def _make():
    import json, random, sys, traceback
    from pyodide.code import eval_code_async

    # Every process starts from the same image, and would draw the same numbers.
    random.seed()

    def show(value):
        if value is None or isinstance(value, str):
            return value
        try:
            return json.dumps(value, ensure_ascii=False, allow_nan=False)
        except (TypeError, ValueError, RecursionError):
            return repr(value)

    def describe(error):
        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_code.co_filename != "code.py":
            trace = trace.tb_next
        return "".join(traceback.format_exception(type(error), error, trace)).rstrip()

    async def run(code, limit):
        dumps = json.dumps
        answer = {}
        try:
            value = await eval_code_async(code, {"__name__": "__main__"}, filename="code.py")
            answer = {"value": show(value)}
        except SystemExit as end:
            if end.code not in (None, 0):
                answer = {"error": "SystemExit: " + str(end.code)}
        except BaseException as error:
            answer = {"error": describe(error)[-10000:]}
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        value = answer.get("value")
        if value is None:
            answer.pop("value", None)
            return dumps({**answer, "isCut": False})
        return dumps({"value": value[:limit], "isCut": len(value) > limit})

    return run

_make()
`;
