namespace System.Runtime.CompilerServices;

/// <summary>What the compiler needs for records and init-only setters on .NET Standard 2.0.</summary>
internal static class IsExternalInit;
