namespace Ingestion.Runs.Recording;

/// <summary>Whether runs are recorded. Not a setting: whoever wants the picture asks for it in code.</summary>
internal sealed class RunRecorderOptions
{
    public bool IsOn { get; set; }
}
