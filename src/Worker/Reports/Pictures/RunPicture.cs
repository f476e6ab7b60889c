namespace Worker.Reports.Pictures;

/// <summary>A run as it is drawn: what it came to, and what happened in it. One process may write it to a file and another read it.</summary>
internal sealed record RunPicture(RunJson Summary, RunRecording Recording);
