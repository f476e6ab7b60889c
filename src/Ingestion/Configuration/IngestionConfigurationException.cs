namespace Ingestion.Configuration;

/// <summary>The configuration cannot work. Each error is one line that names the key, the value it has and what is allowed, without secrets.</summary>
public sealed class IngestionConfigurationException : Exception
{
    /// <summary>Creates the exception for one error.</summary>
    public IngestionConfigurationException(string error)
        : this([error])
    {
    }

    /// <summary>Creates the exception for several errors.</summary>
    public IngestionConfigurationException(IReadOnlyList<string> errors)
        : base(string.Join(Environment.NewLine, errors)) => Errors = errors;

    /// <summary>One line each.</summary>
    public IReadOnlyList<string> Errors { get; }
}
