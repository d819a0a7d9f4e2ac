namespace GSS.Tests;
