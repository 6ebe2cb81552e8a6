const LONGEST_SIDE = 1600;

/**
 * A photo as the server takes it, made small enough for a slow connection.
 *
 * @param {File} file
 * @returns {Promise<{name: string, data: string, url: string}>} data in base64
 */
export async function readPhoto(file) {
    const blob = await shrink(file).catch(() => file);
    const url = await new Promise((resolve, reject) => {
        const reader = new FileReader();
        reader.onload = () => resolve(reader.result);
        reader.onerror = () => reject(reader.error);
        reader.readAsDataURL(blob);
    });
    return { name: file.name || "photo.jpg", data: url.slice(url.indexOf(",") + 1), url };
}

async function shrink(file) {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(LONGEST_SIDE / Math.max(bitmap.width, bitmap.height), 1);
    if (scale === 1) {
        return file;
    }
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return new Promise((resolve, reject) => {
        canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no image"))), "image/jpeg", 0.85);
    });
}
