@echo off
rem Runs the tintype command line from a source checkout, as ./tintype does: finds a JDK, builds when nothing is built, starts Java.
rem Unlike ./tintype it doesn't notice a newer source: delete app\target\tintype.jar to build again.
setlocal
set "tintype_root=%~dp0"
set "tintype_root=%tintype_root:~0,-1%"
call "%tintype_root%\.mvn\find-jdk.cmd"
if errorlevel 1 exit /b 2
set "tintype_jar=%tintype_root%\app\target\tintype.jar"
if not exist "%tintype_jar%" (
  echo tintype: building ^(the first time takes a minute or two^) ... 1>&2
  pushd "%tintype_root%"
  call mvnw.cmd -q -DskipTests -Dspotless.check.skip=true -pl app -am package 1>&2
  if errorlevel 1 (
    popd
    echo tintype: the build failed ^(the lines above say where^) 1>&2
    exit /b 4
  )
  popd
)
rem For generate alone; ./tintype says why.
set "tintype_jit=-XX:Tier3InvocationThreshold=800 -XX:Tier3MinInvocationThreshold=400 -XX:Tier3CompileThreshold=6000 -XX:Tier4InvocationThreshold=100000 -XX:Tier4CompileThreshold=300000"
if not "%~1"=="generate" set "tintype_jit="
"%JAVA_HOME%\bin\java.exe" --enable-native-access=ALL-UNNAMED -XX:+UseSerialGC %tintype_jit% %TINTYPE_JAVA_OPTS% "-Dtintype.home=%tintype_root%" -cp "%tintype_jar%" io.github.tintype.app.Main %*
exit /b %errorlevel%
