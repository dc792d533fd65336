@rem Called by mvnw.cmd and tintype.cmd: sets JAVA_HOME to a JDK 25.0.3 or later, or ends with one line and errorlevel 2.
@rem Looks at JAVA_HOME, then java on the PATH, then the usual folders. The twin of find-jdk.sh, which says why 25.0.3.
@echo off
if defined JAVA_HOME call :check "%JAVA_HOME%" && exit /b 0
for /f "delims=" %%J in ('where java 2^>nul') do (
  for %%H in ("%%~dpJ..") do call :check "%%~fH" && exit /b 0
)
for /d %%H in ("%ProgramFiles%\Eclipse Adoptium\*" "%ProgramFiles%\Java\*" "%ProgramFiles%\Microsoft\jdk*" "%ProgramFiles%\Zulu\*" "%USERPROFILE%\.jdks\*" "%LOCALAPPDATA%\Programs\Eclipse Adoptium\*") do (
  call :check "%%~fH" && exit /b 0
)
echo tintype: no JDK 25.0.3 or later found (looked at JAVA_HOME, PATH and the usual folders): install Temurin 25, or set JAVA_HOME to one 1>&2
exit /b 2

:check
if not exist "%~1\bin\javac.exe" exit /b 1
if not exist "%~1\release" exit /b 1
set "tintype_version="
for /f "tokens=2 delims==" %%V in ('findstr /b "JAVA_VERSION=" "%~1\release"') do set "tintype_version=%%~V"
if not defined tintype_version exit /b 1
for /f "tokens=1-3 delims=." %%A in ("%tintype_version%.0.0") do (
  if %%A gtr 25 goto :found
  if %%A lss 25 exit /b 1
  if %%B gtr 0 goto :found
  if %%C geq 3 goto :found
)
exit /b 1
:found
set "JAVA_HOME=%~1"
exit /b 0
