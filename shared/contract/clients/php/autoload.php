<?php

// Loads the client's classes (PSR-4) where composer does not, and Debian's php-amqplib with them:
//     require "/path/to/clients/php/autoload.php";

declare(strict_types=1);

spl_autoload_register(static function (string $class): void {
    if (str_starts_with($class, 'TwoFactor\\')) {
        $file = __DIR__ . '/src/' . strtr(substr($class, strlen('TwoFactor\\')), '\\', '/') . '.php';
        if (is_file($file)) {
            require $file;
        }
    }
});

// Not where composer, or the application, has brought the library already.
if (!class_exists(PhpAmqpLib\Channel\AMQPChannel::class)) {
    require_once 'PhpAmqpLib/autoload.php';
}
