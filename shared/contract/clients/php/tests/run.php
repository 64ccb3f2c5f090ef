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

$part = $argv[1] ?? '';
// The tests without the stack wait a lot, so they run beside the others, in a process of their own.
$is_beside = ($argv[2] ?? '') === 'beside';
$beside = $is_beside ? null : proc_open([PHP_BINARY, __FILE__, $part, 'beside'], [1 => ['pipe', 'w']], $pipes);
$counts = ['passed' => 0, 'failed' => 0, 'skipped' => 0];
foreach (glob(__DIR__ . '/*Test.php') ?: [] as $file) {
    $class = new \ReflectionClass(__NAMESPACE__ . '\\' . basename($file, '.php'));
    foreach ($class->getMethods(\ReflectionMethod::IS_PUBLIC) as $method) {
        if ($class->hasConstant('NEEDS_STACK') === $is_beside || !str_contains($method->name, $part)) {
            continue;
        }
        $start = microtime(true);
        try {
            $method->invoke($class->newInstance());
            $counts['passed']++;
            printf("ok %s (%.2f s)\n", $method->name, microtime(true) - $start);
        } catch (Skipped $why) {
            $counts['skipped']++;
            printf("ok %s # SKIP %s\n", $method->name, $why->getMessage());
        } catch (\Throwable $error) {
            $counts['failed']++;
            printf("not ok %s\n    %s: %s\n", $method->name, $error::class, $error->getMessage());
            foreach ($error->getTrace() as $frame) {
                printf("        %s:%d\n", basename($frame['file'] ?? '-'), $frame['line'] ?? 0);
            }
        }
        gc_collect_cycles();
    }
}
if ($is_beside) {
    exit(json_encode($counts, JSON_THROW_ON_ERROR) . "\n");
}
// Its last line is its counts, unless it died.
$lines = explode("\n", trim((string) stream_get_contents($pipes[1])));
proc_close($beside);
$theirs = json_decode((string) array_pop($lines), true) ?? ['failed' => 1];
foreach ($lines as $line) {
    echo $line, "\n";
}
foreach ($counts as $what => $count) {
    $counts[$what] += $theirs[$what] ?? 0;
}
echo "{$counts['passed']} passed, {$counts['failed']} failed, {$counts['skipped']} skipped\n";
exit($counts['failed'] > 0 ? 1 : 0);
