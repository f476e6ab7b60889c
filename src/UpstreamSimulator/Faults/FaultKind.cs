namespace UpstreamSimulator.Faults;

/// <summary>What the simulator can do instead of answering properly.</summary>
public enum FaultKind
{
    None,
    Status, // An HTTP status of 400 or above.
    Reset, // The connection is reset instead of an answer.
    Truncated, // The whole length is declared, half of the body sent, the connection closed.
    Html, // 200 with a page of HTML.
    Empty, // 200 with an empty body.
    WrongShape, // 200 with valid JSON that is no such record.
    WrongId, // 200 with a record that has another ID than asked for.
    Nul, // 200 with U+0000 in the record's name.
    Redirect, // 302 to another host, see SimulatorOptions.RedirectTo.
    RedirectHere, // 302 to the same URL; following it is the ID's next request.
    Oversize, // 200 with a body of SimulatorOptions.OversizeBytes, its length declared.
    OversizeChunked, // As Oversize, but chunked: the length shows only while reading.
    Slow, // 200 with a body that drips in over SimulatorOptions.SlowBody.
    Hang, // No answer; the client has to abort.
    Spoiled, // 200 with a record that is spoilt; the fault's name says how, see SpoiledRecords.
    Raw, // Bytes that no server should send; the fault's name says which, see RawAnswers.
}
