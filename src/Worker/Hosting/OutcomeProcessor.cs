namespace Worker.Hosting;

/// <summary>
/// An answer that there is no such record is an outcome and no error. HTTP marks the span of every answer from 400 on (https://opentelemetry.io/docs/specs/semconv/http/http-spans/#status), and
/// ends it with the headers: here is the last place where that can be taken back. Whether the body says so too, the span of the fetch shows.
/// </summary>
internal sealed class OutcomeProcessor(ItemKind kind) : BaseProcessor<Activity>
{
    public override void OnEnd(Activity data)
    {
        if (data.Status != ActivityStatusCode.Error || data.Source.Name != "System.Net.Http" || data.GetTagItem("http.request.method") is not "GET"
            || data.GetTagItem("http.response.status_code") is not int status || !kind.NotFound.Contains(status))
            return;

        data.SetStatus(ActivityStatusCode.Unset);
        data.SetTag("error.type", null);
    }
}
