namespace UpstreamSimulator.Faults;

/// <summary>What the simulator can do instead of answering properly.</summary>
public enum FaultKind
{
    /// <summary>Nothing: answer properly.</summary>
    None,

    /// <summary>Answer with an HTTP status of 400 or above.</summary>
    Status,

    /// <summary>Reset the connection instead of answering.</summary>
    Reset,

    /// <summary>Declare the whole length, send half of the body, close the connection.</summary>
    Truncated,

    /// <summary>200 with a page of HTML.</summary>
    Html,

    /// <summary>200 with an empty body.</summary>
    Empty,

    /// <summary>200 with valid JSON that is no such record.</summary>
    WrongShape,

    /// <summary>200 with a record that has another ID than asked for.</summary>
    WrongId,

    /// <summary>200 with U+0000 in the record's name.</summary>
    Nul,

    /// <summary>302 to another host, see <see cref="SimulatorOptions.RedirectTo"/>.</summary>
    Redirect,

    /// <summary>302 to the same URL; following it is the ID's next request.</summary>
    RedirectHere,

    /// <summary>200 with a body of <see cref="SimulatorOptions.OversizeBytes"/>, its length declared.</summary>
    Oversize,

    /// <summary>As <see cref="Oversize"/>, but chunked: the length shows only while reading.</summary>
    OversizeChunked,

    /// <summary>200 with a body that drips in over <see cref="SimulatorOptions.SlowBody"/>.</summary>
    Slow,

    /// <summary>Never answer; wait until the client gives up.</summary>
    Hang,

    /// <summary>200 with a record that is spoilt; the fault's name says how, see <see cref="SpoiledRecords"/>.</summary>
    Spoiled,

    /// <summary>Bytes that no server should send; the fault's name says which, see <see cref="Http.RawAnswers"/>.</summary>
    Raw,
}
