<?php

declare(strict_types=1);

namespace TwoFactor\Tests;

/** That the blocks of the README work as they stand there: all of them are one program. */
final class ReadmeTest
{
    public const NEEDS_STACK = true;

    public function the_blocks_of_the_readme_run(): void
    {
        new Stack();
        $folder = dirname(__DIR__);
        preg_match_all('/^```php\n(.*?)^```$/ms', (string) file_get_contents("$folder/README.md"), $blocks);
        $program = implode("\n", $blocks[1]);
        $autoload = getenv('COMPOSER_AUTOLOAD') ?: "$folder/autoload.php";
        $program = str_replace("'vendor/autoload.php'", var_export($autoload, true), $program, $count);
        Expect::same(1, $count, 'the line that loads it');
        $file = (string) tempnam(sys_get_temp_dir(), 'readme');
        file_put_contents($file, $program);
        try {
            self::play($file);
        } finally {
            unlink($file);
        }
    }

    /** Runs it, with its asserts. */
    private static function play(string $file): void
    {
        $command = [PHP_BINARY, '-d', 'zend.assertions=1', '-d', 'assert.exception=1', $file];
        $process = proc_open($command, [1 => ['pipe', 'w']], $pipes);
        $said = (string) stream_get_contents($pipes[1]);
        Expect::true(str_contains($said, 'set_up: Set up two-factor'), "it is told to set a method up: $said");
        Expect::same(0, proc_close($process ?: null), "the exit status of: $said");
        Expect::true(str_contains($said, '10 backup codes. '), "the codes come: $said");
        Expect::true(str_ends_with($said, "let in: enrolled\n"), "it ends let in: $said");
    }
}
