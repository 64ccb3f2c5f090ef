<?php

// Runs the tests: php tests/run.php [PART-OF-A-NAME]
//
// Each public method of a class in tests/*Test.php is a test. Those that need the stack are passed
// over where CRM_AMQP_URL is not set, which `cargo xtask clients php` sets.

declare(strict_types=1);

namespace TwoFactor\Tests;

error_reporting(E_ALL);
ini_set('assert.exception', '1');
// Every argument in every trace, as on a developer's machine: what a trace can show is shown.
ini_set('zend.exception_ignore_args', '0');
set_error_handler(static function (int $level, string $message, string $file, int $line): bool {
    if ((error_reporting() & $level) === 0 || !str_contains($file, dirname(__DIR__))) {
        return false;
    }
    throw new \ErrorException($message, 0, $level, $file, $line);
});

// Composer's, where the client was installed by it: its php-amqplib is then the one that is tried.
$composer = getenv('COMPOSER_AUTOLOAD');
require is_string($composer) && $composer !== '' ? $composer : dirname(__DIR__) . '/autoload.php';
spl_autoload_register(static function (string $class): void {
    $file = __DIR__ . '/' . basename(strtr($class, '\\', '/')) . '.php';
    if (str_starts_with($class, __NAMESPACE__ . '\\') && is_file($file)) {
        require $file;
    }
});

$passed = 0;
$failed = 0;
$skipped = 0;
foreach (glob(__DIR__ . '/*Test.php') ?: [] as $file) {
    $class = new \ReflectionClass(__NAMESPACE__ . '\\' . basename($file, '.php'));
    foreach ($class->getMethods(\ReflectionMethod::IS_PUBLIC) as $method) {
        if ($method->isConstructor() || !str_contains($method->name, $argv[1] ?? '')) {
            continue;
        }
        $start = microtime(true);
        try {
            $method->invoke($class->newInstance());
            $passed++;
            printf("ok %s (%.2f s)\n", $method->name, microtime(true) - $start);
        } catch (Skipped $why) {
            $skipped++;
            printf("ok %s # SKIP %s\n", $method->name, $why->getMessage());
        } catch (\Throwable $error) {
            $failed++;
            printf("not ok %s\n    %s: %s\n", $method->name, $error::class, $error->getMessage());
            foreach ($error->getTrace() as $frame) {
                printf("        %s:%d\n", basename($frame['file'] ?? '-'), $frame['line'] ?? 0);
            }
        }
        gc_collect_cycles();
    }
}
echo "$passed passed, $failed failed, $skipped skipped\n";
exit($failed > 0 ? 1 : 0);
