using System.Net;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace IngestionBenchmarks;

/// <summary>
/// An OTLP collector (gRPC) that takes everything and keeps nothing: what it would do with the spans is not what is measured, and it shares the
/// cores with what is.
/// </summary>
internal static class Collector
{
    /// <summary>An empty gRPC message: not compressed, length 0.</summary>
    private static readonly byte[] EmptyMessage = new byte[5];

    public static async Task RunAsync()
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stopped.TrySetResult();
        });

        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0, listener => listener.Protocols = HttpProtocols.Http2);
        });
        await using WebApplication server = builder.Build();
        server.Run(AcknowledgeAsync);
        await server.StartAsync();
        Console.WriteLine($"listening on {server.Urls.First()}");
        await stopped.Task;
    }

    private static async Task AcknowledgeAsync(HttpContext context)
    {
        await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
        context.Response.ContentType = "application/grpc";
        await context.Response.Body.WriteAsync(EmptyMessage);
        context.Response.AppendTrailer("grpc-status", "0");
    }
}
